import type { StallClock } from "./core/stall-clock.ts"
import type { AccessLog } from "./observe/access-log.ts"
import type { LabelledNumber, Registry } from "./observe/registry.ts"
import type { Breaker } from "./upstream/breaker.ts"
import { bridgeVersion } from "./version.ts"

/** The parts of a bridge whose numbers are shown as metrics. */
export interface GaugedParts {
  /** Every upstream that still has calls or connections. */
  readonly clusters: () => readonly GaugedCluster[]
  readonly stalls: Pick<StallClock, "size" | "heldBytes" | "endedForMemory">
  readonly accessLog: AccessLog | null
  readonly certificates: { readonly refused: number }
  /** End of the certificate shown to clients, in seconds since 1970. Null: the bridge serves no TLS. */
  readonly certificateEnd: (() => number) | null
}

/** An upstream with its numbers. */
export interface GaugedCluster {
  readonly name: string
  readonly streams: number
  readonly queued: number
  readonly breaker: Pick<Breaker, "counts">
}

/** Registers the metrics that are read from the bridge's parts. */
export function addBridgeGauges(registry: Registry, parts: GaugedParts): void {
  const { clusters, stalls, accessLog, certificates, certificateEnd } = parts
  registry.gauge("causeway_build_info", "The version of the bridge and of Node; always 1.", () => 1, {
    version: bridgeVersion(),
    node: process.versions.node,
  })
  const ofUpstreams = (name: string, help: string, read: (cluster: GaugedCluster) => number): void =>
    registry.gauges(name, help, ["upstream"], () => sumsByName(clusters(), read))
  ofUpstreams("causeway_upstream_streams", "Open streams to the backends.", ({ streams }) => streams)
  ofUpstreams("causeway_upstream_queue", "Calls that wait for a stream to a backend.", ({ queued }) => queued)
  ofUpstreams(
    "causeway_upstream_retries",
    "Retries and hedges in flight, those that wait for their back-off included.",
    ({ breaker }) => breaker.counts.retries,
  )
  registry.gauge(
    "causeway_stalled",
    "Directions of calls that wait for the other side to read, or for the rest of a message.",
    () => stalls.size,
  )
  registry.gauge(
    "causeway_buffered_bytes",
    "Bytes held in memory for sides of calls that do not read; --max-buffered-bytes bounds them.",
    () => stalls.heldBytes,
  )
  registry.readCounter(
    "causeway_buffer_limit_ended_total",
    "Directions of calls that were ended because too many bytes were held.",
    () => stalls.endedForMemory,
  )
  registry.readCounter(
    "causeway_access_log_dropped_total",
    "Lines of the access log that were lost because their target did not take them.",
    () => accessLog?.dropped ?? 0,
  )
  registry.readCounter(
    "causeway_certificate_renewals_refused_total",
    "Renewed certificates that could not be used, so that the old one serves on; the log says why. Alert on any.",
    () => certificates.refused,
  )
  if (certificateEnd === null) return
  registry.gauge(
    "causeway_tls_certificate_expires_timestamp_seconds",
    "When the certificate that clients are shown expires, in seconds since 1970.",
    certificateEnd,
  )
}

/** Two upstreams of one name are one line: the older one is replaced by a reload, and its last calls finish. */
function sumsByName(clusters: readonly GaugedCluster[], read: (cluster: GaugedCluster) => number): LabelledNumber[] {
  const sums = new Map<string, number>()
  for (const cluster of clusters) sums.set(cluster.name, (sums.get(cluster.name) ?? 0) + read(cluster))
  return [...sums].map(([name, sum]) => [[name], sum])
}
