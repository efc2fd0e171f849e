import { CodeCounts } from "./code-counts.ts"

/** The calls of one route to one upstream. */
export class Tally {
  /** Calls for which the route chose the upstream. */
  calls = 0
  /** Those that have ended. */
  readonly ended: CodeCounts = new CodeCounts()
}
