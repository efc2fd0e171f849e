import type { LevelShare } from "./balancing/candidate.ts"
import type { Endpoint } from "./endpoint.ts"

/** An upstream as the admin port shows it. */
export interface UpstreamStatus {
  readonly name: string
  /** Calls that wait for a stream. */
  readonly waiting: number
  readonly callsInFlight: number
  readonly retriesInFlight: number
  /** Priorities and zones in their order, with the shares of calls that they get now. */
  readonly levels: readonly LevelShare[]
  readonly endpoints: readonly EndpointStatus[]
}

/** An endpoint as the admin port shows it. */
export interface EndpointStatus {
  readonly address: string
  readonly isHealthy: boolean
  /** The reason for `isHealthy`, in words. */
  readonly why: string
  readonly weight: number
  readonly zone: string | null
  readonly priority: number
  /** Numbers of connections by state. */
  readonly sessions: { readonly open: number; readonly connecting: number; readonly draining: number }
  readonly streams: number
  /** Streams that the open connections may carry together. */
  readonly streamLimit: number
  /** Age of the oldest open connection, in seconds. Null: none is open. */
  readonly oldestSessionSeconds: number | null
}

/** Describes an endpoint. `ejection`: the reason why it is ejected, or null. */
export function endpointStatus(endpoint: Endpoint, ejection: string | null, nowMs: number): EndpointStatus {
  const { name, isHealthy, weight, zone, priority, sessions, inFlight } = endpoint
  const { open, connecting, draining } = sessions
  let streamLimit = 0
  let oldestMs = Infinity
  for (const { maxStreams, openedAt } of open) {
    streamLimit += maxStreams
    oldestMs = Math.min(oldestMs, openedAt)
  }
  return {
    address: name,
    isHealthy,
    why: isHealthy ? whyHealthy(endpoint) : whyNot(endpoint, ejection),
    weight,
    zone,
    priority,
    sessions: { open: open.size, connecting: connecting.size, draining: draining.size },
    streams: inFlight,
    streamLimit,
    oldestSessionSeconds: open.size === 0 ? null : Math.round((nowMs - oldestMs) / 1_000),
  }
}

function whyHealthy({ isAsleep, readySinceMs, health }: Endpoint): string {
  if (isAsleep) return "no call has come for a while; the next one connects"
  return readySinceMs === Infinity && health.failure === null ? "it is being connected to" : "nothing speaks against it"
}

function whyNot({ health, sessions }: Endpoint, ejection: string | null): string {
  const { failure } = health
  if (ejection !== null) return `it is ejected for a time: ${ejection}`
  if (failure !== null && sessions.open.size === 0) return `it cannot be reached: ${failure.message}`
  return "its health check fails"
}
