import type { HashSource } from "../core/hash-source.ts"

/** A fleet of backends that serve the same calls. */
export interface UpstreamConfig {
  /** Its key in the file. `default` for `--upstream`. */
  readonly name: string
  /** At least one. */
  readonly endpoints: readonly EndpointConfig[]
  /** Null: HTTP/2 without TLS (prior knowledge). */
  readonly tls: UpstreamTlsConfig | null
  /** `:authority` of calls. Null (the default): the address of the endpoint, as it is written. */
  readonly authority: string | null
  readonly balancing: BalancingConfig
  /** Null (the default): no active checks. */
  readonly health: HealthCheckConfig | null
  /** Null (the default): no endpoint is ejected. */
  readonly outlier: OutlierConfig | null
  readonly breaker: BreakerConfig
  /** Time without a byte, while calls wait, after which a PING asks whether the backend is there. */
  readonly keepaliveMs: number
  /** Time limit for one connection. */
  readonly connectTimeoutMs: number
  /** Time without a call after which connections close; the next call dials again. Null (the default): never. */
  readonly idleTimeoutMs: number | null
  /** Names and values that every call gets, such as credentials. */
  readonly metadata: readonly (readonly [string, string])[]
  /** File whose content is sent as `authorization: Bearer`. It is read again when it changes. */
  readonly tokenFile: string | null
}

/** One address, or one name with several. */
export interface EndpointConfig {
  /** `http://host:port`, `https://host:port`, `host:port`, `dns:///name:port`, `dns+srv:///_grpc._tcp.name` or `unix:/path`. */
  readonly address: string
  /** Share of calls beside its neighbours, 1 and up. */
  readonly weight: number
  readonly zone: string | null
  /** 0 comes first. The next priority gets calls as this one fails. */
  readonly priority: number
}

/** TLS to the endpoints of an upstream. */
export interface UpstreamTlsConfig {
  /** PEM file of the trusted authorities. Null: Node's own list. */
  readonly caFile: string | null
  /** PEM file of the certificate that the backend gets. Null: none. */
  readonly certFile: string | null
  /** PEM file of its key. */
  readonly keyFile: string | null
  /** The name in the handshake (SNI), and in the certificate. Null: the host of the endpoint. */
  readonly serverName: string | null
  /** Names of which the certificate must have one. Empty: `serverName`. */
  readonly subjectAltNames: readonly string[]
  readonly minVersion: "1.2" | "1.3"
}

/** How calls are spread over endpoints. */
export interface BalancingConfig {
  readonly policy: BalancingPolicy
  /** The part of a call whose hash chooses the endpoint. Set for `ring-hash`. */
  readonly hash: HashSource | null
  /** Weights follow the load that backends report (ORCA, gRFC A58). For `weighted`. */
  readonly usesLoadReports: boolean
  /** Time over which a new endpoint's share grows. 0: none. */
  readonly slowStartMs: number
  /** Number of endpoints that this bridge uses. Null: all. */
  readonly subsetSize: number | null
  /** The bridge's own zone. Endpoints in it come first. */
  readonly zone: string | null
  /** Share of healthy endpoints, 0 to 1, below which health is ignored. */
  readonly panicThreshold: number
}

/** Policies of `BalancingConfig`. */
export type BalancingPolicy = "round-robin" | "least-requests" | "weighted" | "ring-hash"

/** Active checks (grpc.health.v1). */
export interface HealthCheckConfig {
  /** "" asks for the whole server. */
  readonly service: string
  /** Health.Watch in place of Health.Check at intervals. */
  readonly watch: boolean
  readonly intervalMs: number
  readonly timeoutMs: number
  /** Failures in a row after which an endpoint counts as unhealthy. */
  readonly unhealthyAfter: number
  /** Successes in a row after which it counts as healthy again. */
  readonly healthyAfter: number
}

/** Ejection of endpoints by their answers (gRFC A50). Shares are 0 to 1. */
export interface OutlierConfig {
  readonly intervalMs: number
  readonly baseEjectionMs: number
  readonly maxEjectionMs: number
  readonly maxEjectionShare: number
  readonly successRate: SuccessRateConfig | null
  readonly failurePercentage: FailurePercentageConfig | null
}

/** Ejects endpoints whose rate of successes is far below the mean. */
export interface SuccessRateConfig {
  readonly stdevFactor: number
  readonly enforcementShare: number
  readonly minimumHosts: number
  readonly requestVolume: number
}

/** Ejects endpoints that fail more than a share of their calls. */
export interface FailurePercentageConfig {
  readonly thresholdShare: number
  readonly enforcementShare: number
  readonly minimumHosts: number
  readonly requestVolume: number
}

/** Limits of one upstream. */
export interface BreakerConfig {
  /** Connections to one endpoint. */
  readonly maxSessions: number
  /** Calls that wait for a stream. */
  readonly maxQueued: number
  /** Calls in flight, those that wait for a stream included. Null: none beside the streams that the connections carry. */
  readonly maxInFlight: number | null
  /** Retries in flight, those in their back-off included. Null: only the retry budget limits them. */
  readonly maxRetries: number | null
}
