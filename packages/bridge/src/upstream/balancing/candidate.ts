import type { LoadReport } from "./load-report.ts"

/** An endpoint as a balancer sees it. Its fields change while the balancer holds it. */
export interface Candidate {
  /** Its address. The same endpoint keeps its key over updates. */
  readonly key: string
  /** Share of calls beside its neighbours, 1 and up. */
  readonly weight: number
  readonly zone: string | null
  /** 0 comes first. */
  readonly priority: number
  /** Calls on its sessions. */
  readonly inFlight: number
  /** Time at which it last became ready, in monotonic milliseconds. */
  readonly readySinceMs: number
  /** It has an open session with a free stream. */
  readonly hasRoom: boolean
  /** It has no open session, and the first one is on its way: it is not known yet whether the endpoint can be reached. */
  readonly isConnecting: boolean
  /** False: a health check, an ejection or a breaker forbids it, or it cannot be reached. */
  readonly isHealthy: boolean
  /** Its latest load report. Each report is an object of its own. */
  readonly load: LoadReport | null
}

/** A call that needs an endpoint. */
export interface Pick {
  /** Hash of the part of the call that chooses the endpoint (`ring-hash`). A random number if the call lacks that part. */
  readonly hash: number
  /** Keys of the endpoints that this call has already tried. They are used if there is no other. */
  readonly avoid: readonly string[]
}

/**
 * The endpoint for a call. `connecting`: only one endpoint is right for the call, and the call waits until that endpoint is connected
 * or cannot be. Null: none that may be used has room.
 */
export type Choice<C extends Candidate> = C | "connecting" | null

/** Chooses among the endpoints of one level. */
export interface Policy<C extends Candidate> {
  update(candidates: readonly C[]): void
  /** `isPanicking`: too few endpoints are healthy, so health is ignored. */
  pick(pick: Pick, isPanicking: boolean, nowMs: number): Choice<C>
}

/** A level's part of the calls. */
export interface LevelShare {
  /** Its name, in words. */
  readonly level: string
  /** 0 to 1. All shares add up to 1, or to 0 if no endpoint may be used. */
  readonly share: number
  readonly healthy: number
  readonly total: number
  readonly isPanicking: boolean
}

/** True if this endpoint may take this call now. */
export function mayTake(candidate: Candidate, pick: Pick, isPanicking: boolean): boolean {
  return candidate.hasRoom && mayUse(candidate, pick, isPanicking)
}

/** True if this call may wait for the first session of this endpoint. */
export function mayAwait(candidate: Candidate, pick: Pick, isPanicking: boolean): boolean {
  return candidate.isConnecting && mayUse(candidate, pick, isPanicking)
}

function mayUse(candidate: Candidate, pick: Pick, isPanicking: boolean): boolean {
  return (isPanicking || candidate.isHealthy) && (pick.avoid.length === 0 || !pick.avoid.includes(candidate.key))
}
