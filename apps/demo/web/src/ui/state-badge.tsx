import type { ReactNode } from "react"

import "./state-badge.css"

interface StateBadgeProps {
  readonly tone: "good" | "plain" | "warn" | "bad" | "quiet"
  /** Whether the state is active: its dot pulses. */
  readonly isLive?: boolean
  /** The reason of the state; shown on hover. */
  readonly title?: string | undefined
  readonly children: ReactNode
}

/** A state: a word after a dot of its colour. */
export function StateBadge({ tone, isLive = false, title, children }: StateBadgeProps) {
  return (
    <span className="state-badge" data-tone={tone} data-live={isLive} title={title}>
      <span className="state-dot" aria-hidden="true" />
      {children}
    </span>
  )
}
