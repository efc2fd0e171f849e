import type { ReactNode } from "react"

import "./state-badge.css"

interface StateBadgeProps {
  readonly tone: "good" | "plain" | "warn" | "bad" | "quiet"
  /** Lets the dot pulse, for an active state. */
  readonly isLive?: boolean
  /** The reason for the state, shown on hover. */
  readonly title?: string | undefined
  readonly children: ReactNode
}

/** A state as a word, with a dot in the colour of its tone. */
export function StateBadge({ tone, isLive = false, title, children }: StateBadgeProps) {
  return (
    <span className="state-badge" data-tone={tone} data-live={isLive} title={title}>
      <span className="state-dot" aria-hidden="true" />
      {children}
    </span>
  )
}
