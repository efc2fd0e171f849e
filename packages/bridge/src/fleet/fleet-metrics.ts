import { grpcCodeLabel } from "../observe/grpc-codes.ts"
import type { LabelledNumber, Registry } from "../observe/registry.ts"
import type { Endpoint } from "../upstream/endpoint.ts"
import type { FleetUpstream } from "./fleet-upstream.ts"

/**
 * Registers the metrics of upstreams and endpoints. They are read at each scrape from the upstreams in use, so that the series of
 * an endpoint or an upstream end when it leaves.
 */
export function addFleetMetrics(registry: Registry, upstreams: () => readonly FleetUpstream[]): void {
  addUpstreamMetrics(registry, upstreams)
  addBreakerMetrics(registry, upstreams)
  addEndpointMetrics(registry, upstreams)
}

function addUpstreamMetrics(registry: Registry, upstreams: () => readonly FleetUpstream[]): void {
  const each = (read: (upstream: FleetUpstream) => number) => (): LabelledNumber[] =>
    upstreams().map((upstream) => [[upstream.cluster.name], read(upstream)])
  const labels = ["upstream"]
  registry.gauges(
    "causeway_upstream_endpoints",
    "Endpoints of an upstream: its addresses, and those of its names.",
    labels,
    each(({ cluster }) => endpointsOf(cluster.endpoints).length),
  )
  registry.gauges(
    "causeway_upstream_endpoints_healthy",
    "Endpoints that may get calls. Alert on 0.",
    labels,
    each(({ cluster }) => endpointsOf(cluster.endpoints).filter(({ isHealthy }) => isHealthy).length),
  )
  registry.gauges(
    "causeway_upstream_stream_limit",
    "Streams that an upstream's endpoints could carry with as many connections as they may have; causeway_upstream_streams are in use.",
    labels,
    each(({ cluster }) => cluster.capacity),
  )
  registry.gauges(
    "causeway_upstream_names_unresolved",
    "Configured names of an upstream that do not resolve now, in whole or in part. Their last addresses stay in use.",
    labels,
    each(({ unresolved }) => unresolved.length),
  )
  registry.readCounters(
    "causeway_upstream_resolutions_failed_total",
    "Resolutions of an upstream's names that failed, in whole or in part; the log says why.",
    labels,
    each(({ failedResolutions }) => failedResolutions),
  )
}

function addBreakerMetrics(registry: Registry, upstreams: () => readonly FleetUpstream[]): void {
  const limits = ["in-flight", "retries"] as const
  const each = (read: (upstream: FleetUpstream, limit: (typeof limits)[number]) => number) => (): LabelledNumber[] =>
    upstreams().flatMap((upstream) =>
      limits.map((limit): LabelledNumber => [[upstream.cluster.name, limit], read(upstream, limit)]),
    )
  registry.gauges(
    "causeway_upstream_breaker_open",
    "1 while as many calls or retries are in flight as the upstream allows, so that the next one is refused.",
    ["upstream", "limit"],
    each(({ cluster }, limit) => (cluster.breaker.isOpen(limit) ? 1 : 0)),
  )
  registry.readCounters(
    "causeway_upstream_breaker_refused_total",
    "Calls and retries that were refused because as many were in flight as the upstream allows.",
    ["upstream", "limit"],
    each(({ cluster }, limit) => cluster.breaker.refusals[limit]),
  )
}

function addEndpointMetrics(registry: Registry, upstreams: () => readonly FleetUpstream[]): void {
  const each = (read: (endpoint: Endpoint) => number) => (): LabelledNumber[] =>
    upstreams().flatMap(({ cluster }) =>
      endpointsOf(cluster.endpoints).map((one): LabelledNumber => [[cluster.name, one.name], read(one)]),
    )
  const labels = ["upstream", "endpoint"]
  const gauge = (name: string, help: string, read: (endpoint: Endpoint) => number): void =>
    registry.gauges(`causeway_endpoint_${name}`, help, labels, each(read))
  gauge("healthy", "1 if the endpoint may get calls; /upstreams says why not.", ({ isHealthy }) => (isHealthy ? 1 : 0))
  gauge("ejected", "1 while the endpoint is ejected for its answers.", ({ health }) => (health.isEjected ? 1 : 0))
  gauge("sessions", "Open connections to the endpoint.", ({ sessions }) => sessions.open.size)
  gauge("streams", "Calls with a stream on the endpoint.", ({ inFlight }) => inFlight)
  gauge(
    "stream_limit",
    "Streams that the endpoint could carry with as many connections as it may have.",
    ({ sessions }) => sessions.capacity,
  )
  registry.readCounters(
    "causeway_endpoint_calls_total",
    "Calls and further attempts that the endpoint was given.",
    labels,
    each(({ sessions }) => sessions.callsBegun),
  )
  registry.readCounters(
    "causeway_endpoint_attempts_total",
    "Ended attempts by status code, without those that the backend never saw or the client ended.",
    [...labels, "grpc_code"],
    () =>
      upstreams().flatMap(({ cluster }) => endpointsOf(cluster.endpoints).flatMap((one) => ends(cluster.name, one))),
  )
  registry.readCounters(
    "grpc_lb_outlier_detection_ejections_enforced_total",
    "Ejections of the endpoint for its answers (gRFC A91).",
    labels,
    each(({ health }) => health.ejections),
  )
}

function ends(upstream: string, { name, attempts }: Endpoint): LabelledNumber[] {
  return attempts.shown.map(([code, count]) => [[upstream, name, grpcCodeLabel(code)], count])
}

function endpointsOf(endpoints: Iterable<Endpoint>): Endpoint[] {
  return [...endpoints]
}
