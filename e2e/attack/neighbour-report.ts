/** A call that was not answered OK. Times follow the wall clock, so other processes can compare them. */
export interface LostCall {
  readonly startedAt: number
  readonly endedAt: number
  /** The reason, in a few words. */
  readonly outcome: string
  readonly isHttp1: boolean
}

/** The neighbour's calls in one phase of the run. */
export interface PhaseReport {
  readonly name: string
  readonly calls: number
  readonly lost: readonly LostCall[]
  readonly p50Ms: number
  readonly p99Ms: number
}
