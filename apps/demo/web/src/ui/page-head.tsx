import type { ReactNode, RefObject } from "react"

import "./page-head.css"

interface PageHeadProps {
  readonly title: string
  /** What the page is for, in a sentence. */
  readonly about: ReactNode
  /** For who moves the focus to the heading. */
  readonly heading?: RefObject<HTMLHeadingElement | null>
  /** The page's one button. */
  readonly children?: ReactNode
}

/** How every page begins. */
export function PageHead({ title, about, heading, children }: PageHeadProps) {
  return (
    <div className="page-head">
      <h1 ref={heading} tabIndex={heading && -1}>
        {title}
      </h1>
      <p>{about}</p>
      {children}
    </div>
  )
}
