import type { Problem } from "../api/problem.ts"
import { Button } from "./button.tsx"
import { Icon } from "./icon.tsx"
import "./problem-panel.css"

interface ProblemPanelProps {
  readonly problem: Problem
  /** What the button says; without `onRetry` there is none. */
  readonly retryLabel?: string
  readonly onRetry?: () => void
}

/** A failed call: what happened, why probably, what to do, and the facts for a report. Announced at once. */
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
