import type { ReactNode } from "react"

import { Icon, type IconName } from "./icon.tsx"
import "./empty-state.css"

interface EmptyStateProps {
  readonly icon: IconName
  readonly title: string
  /** Explains why nothing is shown, and what to do. */
  readonly children: ReactNode
}

/** A placeholder for a list or a page without content. */
export function EmptyState({ icon, title, children }: EmptyStateProps) {
  return (
    <div className="empty">
      <Icon name={icon} />
      <p className="empty-title">{title}</p>
      {children}
    </div>
  )
}
