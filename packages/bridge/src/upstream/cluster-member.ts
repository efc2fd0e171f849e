import type { BreakerLimits } from "./breaker.ts"
import type { DispatchLimits } from "./dispatcher.ts"
import type { Http2Connect } from "./http2-connection.ts"
import type { UpstreamTarget } from "./target.ts"
import type { HealthCheckConfig, OutlierConfig } from "./upstream-config.ts"

/** A backend of a cluster, and its share of the calls. */
export interface ClusterMember {
  /** Its `name` identifies it when the members change. */
  readonly target: UpstreamTarget
  /** Share of calls beside its neighbours, 1 and up. */
  readonly weight: number
  readonly zone: string | null
  /** 0 comes first. */
  readonly priority: number
}

/** Limits of one endpoint. */
export interface EndpointOptions {
  /** The implementation of HTTP/2. */
  readonly connect: Http2Connect
  readonly connectTimeoutMs: number
  /** Limit of connections to the endpoint. */
  readonly maxSessions: number
  /** How long calls wait for a backend that was lost. Default 2 s. */
  readonly patienceMs?: number
  /** Balancing follows the load that backends report in their trailers (ORCA, gRFC A51). Default false. */
  readonly usesLoadReports?: boolean
  /** Time without a byte, while calls wait, after which a PING asks whether the backend is there. Default 20 s. */
  readonly keepaliveMs?: number
  /** Active health checks. Default: none. */
  readonly health?: HealthCheckConfig | null
}

/** Limits of one cluster. */
export interface ClusterOptions extends DispatchLimits, EndpointOptions, BreakerLimits {
  /** Its name in logs and metrics. */
  readonly name: string
  /** Ejection of endpoints by their answers. Default: none. */
  readonly outlier?: OutlierConfig | null
  /** Time without a call after which connections close. Default null: never. */
  readonly idleTimeoutMs?: number | null
}
