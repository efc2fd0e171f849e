import type { SeenError } from "../api/seen-error.ts"

/** The report of the page of another origin. */
export interface StrangerReport {
  readonly kind: "stranger"
  /** The error of its call; null if it succeeded. */
  readonly error: SeenError | null
}

/** Whether a message of another window is such a report. */
export function isStrangerReport(data: unknown): data is StrangerReport {
  return typeof data === "object" && data !== null && "kind" in data && data.kind === "stranger" && "error" in data
}
