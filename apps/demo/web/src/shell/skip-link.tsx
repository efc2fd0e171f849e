import type { MouseEvent, RefObject } from "react"

/** Moves the keyboard focus past the header. It does not follow its href, because the router would change the view. */
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
