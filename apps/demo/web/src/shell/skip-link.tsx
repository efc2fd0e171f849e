import type { MouseEvent, RefObject } from "react"

/** Takes a keyboard past the header. Not by its address, which would ask for another view. */
export function SkipLink({ target }: { readonly target: RefObject<HTMLElement | null> }) {
  const skip = (event: MouseEvent) => {
    event.preventDefault()
    target.current?.focus()
  }
  return (
    <a className="skip-link" href="#content" onClick={skip}>
      Skip to content
    </a>
  )
}
