/** A call that was not answered OK. Times are of the wall clock, so that other processes can compare them. */
export interface LostCall {
  readonly startedAt: number
  readonly endedAt: number
  /** In a few words, why. */
  readonly outcome: string
  readonly isHttp1: boolean
}

/** The neighbour's calls of one part of the run. */
export interface PhaseReport {
  readonly name: string
  readonly calls: number
  readonly lost: readonly LostCall[]
  readonly p50Ms: number
  readonly p99Ms: number
}
