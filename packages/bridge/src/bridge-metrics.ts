import { addBridgeGauges } from "./bridge-gauges.ts"
import type { CertificateRenewal } from "./certificates/renewal.ts"
import type { ServerCertificate } from "./certificates/server-certificate.ts"
import type { StallClock } from "./core/stall-clock.ts"
import { addFleetMetrics } from "./fleet/fleet-metrics.ts"
import type { Fleet } from "./fleet/fleet.ts"
import type { Generations } from "./generations.ts"
import type { AccessLog } from "./observe/access-log.ts"
import type { Registry } from "./observe/registry.ts"
import { addRouteMetrics } from "./route-metrics.ts"

/** The parts of a bridge whose numbers are read at each scrape. */
export interface MeasuredParts {
  readonly fleet: Fleet
  readonly generations: Generations
  readonly stalls: StallClock
  readonly accessLog: AccessLog | null
  readonly certificates: CertificateRenewal
  /** Null: the bridge serves no TLS. */
  readonly certificate: ServerCertificate | null
}

/** Registers the metrics that are read from the parts of a bridge. */
export function addBridgeMetrics(registry: Registry, parts: MeasuredParts): void {
  const { fleet, generations, stalls, accessLog, certificates, certificate } = parts
  addBridgeGauges(registry, {
    clusters: () => fleet.heldClusters,
    stalls,
    accessLog,
    certificates: {
      get refused() {
        return certificates.refused + fleet.refusedRenewals
      },
    },
    certificateEnd: certificate === null ? null : () => certificate.endsAtSeconds,
  })
  addFleetMetrics(registry, () => fleet.upstreams)
  addRouteMetrics(registry, () => generations.routes?.counts ?? [])
}
