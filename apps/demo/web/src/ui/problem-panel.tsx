import type { Problem } from "../api/problem.ts"
import { Button } from "./button.tsx"
import { Icon } from "./icon.tsx"
import "./problem-panel.css"

interface ProblemPanelProps {
  readonly problem: Problem
  /** Label of the button, which is shown only with `onRetry`. */
  readonly retryLabel?: string
  readonly onRetry?: () => void
}

/** Explains a failed call: the failure, its likely cause, the remedy, and facts for a report. Announced at once. */
export function ProblemPanel({ problem, retryLabel = "Retry", onRetry }: ProblemPanelProps) {
  return (
    <div className="problem" role="alert">
      <Icon name="alert" />
      <div className="problem-text">
        <p className="problem-title">{problem.title}</p>
        <p>{problem.cause}</p>
        <p>{problem.remedy}</p>
        <details className="problem-facts" open={problem.isAnswer}>
          <summary>
            {problem.labels.map((label) => (
              <code key={label}>{label}</code>
            ))}{" "}
            Details
          </summary>
          <p>{problem.message}</p>
        </details>
      </div>
      {onRetry !== undefined && <Button onClick={onRetry}>{retryLabel}</Button>}
    </div>
  )
}
