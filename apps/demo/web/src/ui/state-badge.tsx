import type { ReactNode } from "react"

import "./state-badge.css"

interface StateBadgeProps {
  readonly tone: "good" | "plain" | "warn" | "bad" | "quiet"
  /** Goes on at this moment: its dot breathes. */
  readonly isLive?: boolean
  /** Why it is so; shows on hover. */
  readonly title?: string | undefined
  readonly children: ReactNode
}

/** How something is, in a word behind a dot of its colour. */
export function StateBadge({ tone, isLive = false, title, children }: StateBadgeProps) {
  return (
    <span className="state-badge" data-tone={tone} data-live={isLive} title={title}>
      <span className="state-dot" aria-hidden="true" />
      {children}
    </span>
  )
}
