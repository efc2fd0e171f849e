import type { SeenError } from "../api/seen-error.ts"

/** What the page of another origin tells. */
export interface StrangerReport {
  readonly kind: "stranger"
  /** What its call failed with; null: it did not. */
  readonly error: SeenError | null
}

/** Whether a message of another window is such a report. */
export function isStrangerReport(data: unknown): data is StrangerReport {
  return typeof data === "object" && data !== null && "kind" in data && data.kind === "stranger" && "error" in data
}
