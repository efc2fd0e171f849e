import type { HashSource } from "../core/hash-source.ts"
import type { LevelShare } from "./balancing/candidate.ts"
import type { BalancingPolicy } from "./upstream-config.ts"

/** An upstream as `GET /upstreams` of the admin port shows it. */
export interface UpstreamStatus extends ClusterStatus {
  readonly balancing: BalancingStatus
  /** Configured names that do not resolve now, in whole or in part. Their last addresses stay in use. */
  readonly unresolved: readonly UnresolvedName[]
  /** Resolutions of names that failed since the upstream is in use. */
  readonly failedResolutions: number
}

/** The part of an upstream's status that its cluster knows. */
export interface ClusterStatus {
  readonly name: string
  /** Calls that wait for a stream. */
  readonly waiting: number
  /** Calls with a stream or waiting for one. */
  readonly callsInFlight: number
  readonly retriesInFlight: number
  /** Tokens that are gone from the retry budget. Each route with retries compares them with its own `budget.max-tokens`. */
  readonly retryTokensSpent: number
  readonly limits: UpstreamLimits
  /** Calls and retries that the breaker has refused so far. */
  readonly breakerRefusals: { readonly calls: number; readonly retries: number }
  /** Calls with a stream on an endpoint below. */
  readonly streams: number
  /** Streams that the open connections to these endpoints may carry together. */
  readonly streamLimit: number
  /** Streams that they could carry with as many connections as they may have. */
  readonly streamCapacity: number
  /** Priorities and zones in their order, with the shares of calls that they get now. */
  readonly levels: readonly LevelShare[]
  readonly endpoints: readonly EndpointStatus[]
}

/** The limits of an upstream. Null: none. */
export interface UpstreamLimits {
  /** Connections to one endpoint. */
  readonly maxConnections: number
  /** Calls that wait for a stream. */
  readonly maxWaiting: number
  readonly maxCallsInFlight: number | null
  readonly maxRetriesInFlight: number | null
  /** Calls of one client address, in flight and waiting. */
  readonly maxCallsPerClient: number | null
}

/** How an upstream's calls are spread. */
export interface BalancingStatus {
  readonly policy: BalancingPolicy
  /** The part of a call whose hash chooses the endpoint. Null: none does. */
  readonly hash: HashSource | null
  /** Weights follow the load that backends report. */
  readonly usesLoadReports: boolean
  readonly slowStartSeconds: number
  /** Number of endpoints that this bridge uses. Null: all. */
  readonly subsetSize: number | null
  /** The bridge's own zone. */
  readonly zone: string | null
  /** Share of healthy endpoints, 0 to 1, below which health is ignored. */
  readonly panicThreshold: number
}

/** A configured name that does not resolve. */
export interface UnresolvedName {
  /** As it is configured. */
  readonly address: string
  readonly why: string
}

/** An endpoint as the admin port shows it. */
export interface EndpointStatus {
  readonly address: string
  readonly state: EndpointState
  /** False: it gets no calls, unless too few endpoints are healthy (panic threshold). */
  readonly isHealthy: boolean
  /** The reason for `state`, in words. */
  readonly why: string
  /** When its ejection ends: it returns with the first sweep after this time (ISO 8601, UTC). Null: it is not ejected. */
  readonly ejectedUntil: string | null
  /** Number of ejections since it is known. */
  readonly ejections: number
  /** Null: the upstream has no active checks. */
  readonly healthCheck: HealthCheckStatus | null
  readonly weight: number
  readonly zone: string | null
  readonly priority: number
  /** Numbers of connections by state. */
  readonly sessions: { readonly open: number; readonly connecting: number; readonly draining: number }
  /** Calls with a stream. */
  readonly streams: number
  /** Streams that the open connections may carry together. */
  readonly streamLimit: number
  /** Streams that it could carry with as many connections as it may have. */
  readonly streamCapacity: number
  /** Calls and attempts that it was given since it is known. */
  readonly calls: number
  /** Calls that found one of the open connections there: those beyond the first of each connection. */
  readonly reuses: number
  /** Numbers of ended attempts by gRPC status (`OK`, `UNAVAILABLE`); only those that occurred. */
  readonly attemptsByStatus: Readonly<Record<string, number>>
  /** Age of the oldest open connection, in seconds. Null: none is open. */
  readonly oldestSessionSeconds: number | null
}

/** The state of an endpoint in a word. Only the first three get calls. */
export type EndpointState = "healthy" | "connecting" | "asleep" | "ejected" | "check-fails" | "unreachable"

/** The active checks of an endpoint. */
export interface HealthCheckStatus {
  /** By the thresholds. `unknown`: no check has ended yet. */
  readonly result: "unknown" | "healthy" | "unhealthy"
  /** The last check's answer or failure, in words. Null: no check has ended yet. */
  readonly last: string | null
  /** Time since then, in seconds. */
  readonly lastSeconds: number | null
}
