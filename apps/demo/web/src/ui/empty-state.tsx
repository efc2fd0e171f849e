import type { ReactNode } from "react"

import { Icon, type IconName } from "./icon.tsx"
import "./empty-state.css"

interface EmptyStateProps {
  readonly icon: IconName
  readonly title: string
  /** Why there is nothing, and what to do about it. */
  readonly children: ReactNode
}

/** Where there is nothing to show. */
export function EmptyState({ icon, title, children }: EmptyStateProps) {
  return (
    <div className="empty">
      <Icon name={icon} />
      <p className="empty-title">{title}</p>
      {children}
    </div>
  )
}
