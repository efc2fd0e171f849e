import { codeName } from "@causeway/protocol"
import type { EndpointHealth } from "./endpoint-health.ts"
import type { Endpoint } from "./endpoint.ts"
import type { Ejection } from "./health/outlier.ts"
import type { EndpointState, EndpointStatus, HealthCheckStatus } from "./status.ts"
import { explainFailure } from "./unreachable.ts"

/** Describes an endpoint. `ejection`: why its cluster has ejected it, or null. `nowMs` is monotonic. */
export function endpointStatus(endpoint: Endpoint, ejection: Ejection | null, nowMs: number): EndpointStatus {
  const { name, isHealthy, weight, zone, priority, sessions, inFlight, health } = endpoint
  const state = stateOf(endpoint, ejection)
  return {
    address: name,
    state,
    isHealthy,
    why: whyOf(state, health, ejection),
    ejectedUntil: ejection === null ? null : new Date(Date.now() + ejection.untilMs - nowMs).toISOString(),
    ejections: health.ejections,
    healthCheck: healthCheckStatus(health, nowMs),
    weight,
    zone,
    priority,
    sessions: { open: sessions.open.size, connecting: sessions.connecting.size, draining: sessions.draining.size },
    streams: inFlight,
    streamLimit: sessions.streamLimit,
    streamCapacity: sessions.capacity,
    calls: sessions.callsBegun,
    reuses: sessions.reuses,
    attemptsByStatus: Object.fromEntries(endpoint.attempts.entries.map(([code, count]) => [codeName(code), count])),
    oldestSessionSeconds: sessions.open.size === 0 ? null : secondsSince(sessions.oldestOpenedAt, nowMs),
  }
}

function stateOf(endpoint: Endpoint, ejection: Ejection | null): EndpointState {
  const { isHealthy, isAsleep, readySinceMs, health, sessions } = endpoint
  if (ejection !== null) return "ejected"
  if (!isHealthy) return health.failure !== null && sessions.open.size === 0 ? "unreachable" : "check-fails"
  if (isAsleep) return "asleep"
  return readySinceMs === Infinity && health.failure === null ? "connecting" : "healthy"
}

function whyOf(state: EndpointState, { failure, check }: EndpointHealth, ejection: Ejection | null): string {
  switch (state) {
    case "healthy":
      return "nothing speaks against it"
    case "connecting":
      return "it is being connected to"
    case "asleep":
      return "no call has come for a while; the next one connects"
    case "ejected":
      return `it is ejected for a time: ${ejection?.why}`
    case "unreachable":
      return `it cannot be reached: ${failure === null ? "the last dial failed" : explainFailure(failure)}`
    case "check-fails":
      return `its health check fails; the last one: ${check?.last?.words ?? "none has ended yet"}`
  }
}

function healthCheckStatus({ check }: EndpointHealth, nowMs: number): HealthCheckStatus | null {
  if (check === null) return null
  const { health, last } = check
  return {
    result: health,
    last: last?.words ?? null,
    lastSeconds: last === null ? null : secondsSince(last.atMs, nowMs),
  }
}

function secondsSince(thenMs: number, nowMs: number): number {
  return Math.max(0, Math.round((nowMs - thenMs) / 1_000))
}
