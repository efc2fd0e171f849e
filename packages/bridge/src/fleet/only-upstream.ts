import type { Config } from "../config/schema.ts"
import type { UpstreamConfig } from "../upstream/upstream-config.ts"

/** The upstream of a bridge with one backend. */
export function onlyUpstream(config: Config): UpstreamConfig {
  const { upstream, connectTimeoutMs, maxSessions, maxQueued } = config
  return {
    name: "default",
    endpoints: [{ address: upstream, weight: 1, zone: null, priority: 0 }],
    tls: /^https:/i.test(upstream)
      ? {
          caFile: config.upstreamCaFile,
          certFile: config.upstreamCertFile,
          keyFile: config.upstreamKeyFile,
          serverName: config.upstreamServerName,
          subjectAltNames: [],
          minVersion: "1.2",
        }
      : null,
    authority: null,
    balancing: {
      policy: "least-requests",
      hash: null,
      usesLoadReports: false,
      slowStartMs: 0,
      subsetSize: null,
      zone: null,
      panicThreshold: 0.5,
    },
    health: null,
    outlier: null,
    breaker: { maxSessions, maxQueued, maxInFlight: null, maxRetries: null },
    keepaliveMs: 10_000,
    connectTimeoutMs,
    idleTimeoutMs: null,
    metadata: [],
    tokenFile: null,
  }
}
