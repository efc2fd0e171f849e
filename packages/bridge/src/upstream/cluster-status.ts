import type { LevelShare } from "./balancing/candidate.ts"
import type { Breaker } from "./breaker.ts"
import type { ClusterOptions } from "./cluster-member.ts"
import type { ClusterStatus, EndpointStatus, UpstreamLimits } from "./status.ts"

/** The parts of a cluster that its status shows. */
export interface ClusterFacts {
  readonly options: ClusterOptions
  readonly waiting: number
  readonly breaker: Pick<Breaker, "counts" | "refusals">
  readonly retryTokensSpent: number
  readonly levels: readonly LevelShare[]
  readonly endpoints: readonly EndpointStatus[]
}

/** Describes a cluster. */
export function clusterStatus(facts: ClusterFacts): ClusterStatus {
  const { options, waiting, breaker, retryTokensSpent, levels, endpoints } = facts
  const { counts, refusals } = breaker
  const sum = (count: (endpoint: EndpointStatus) => number): number =>
    endpoints.reduce((all, endpoint) => all + count(endpoint), 0)
  return {
    name: options.name,
    waiting,
    callsInFlight: counts["in-flight"],
    retriesInFlight: counts.retries,
    retryTokensSpent,
    limits: limitsOf(options),
    breakerRefusals: { calls: refusals["in-flight"], retries: refusals.retries },
    streams: sum(({ streams }) => streams),
    streamLimit: sum(({ streamLimit }) => streamLimit),
    streamCapacity: sum(({ streamCapacity }) => streamCapacity),
    levels,
    endpoints,
  }
}

function limitsOf(options: ClusterOptions): UpstreamLimits {
  const { maxSessions, maxQueued, maxInFlight = null, maxRetries = null, maxCallsPerClient } = options
  return {
    maxConnections: maxSessions,
    maxWaiting: maxQueued,
    maxCallsInFlight: maxInFlight,
    maxRetriesInFlight: maxRetries,
    maxCallsPerClient,
  }
}
