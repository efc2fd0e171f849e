import type { ReactNode, RefObject } from "react"

import "./page-head.css"

interface PageHeadProps {
  readonly title: string
  /** The purpose of the page, in one sentence. */
  readonly about: ReactNode
  /** A ref to the heading, for a caller that moves the focus there. */
  readonly heading?: RefObject<HTMLHeadingElement | null>
  /** The main button of the page. */
  readonly children?: ReactNode
}

/** The head of every page: its title, its purpose and its main button. */
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
