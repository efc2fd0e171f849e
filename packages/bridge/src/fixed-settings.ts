import type { Config } from "./config/schema.ts"

/** Settings that hold until the process ends: they belong to the open ports. */
const fixedSettings = [
  "listen",
  "tlsCertFile",
  "tlsKeyFile",
  "keepAliveTimeoutMs",
  "maxHeadBytes",
  "headTimeoutMs",
  "maxConnections",
  "maxConnectionsPerAddress",
  "maxConcurrentStreams",
  "maxCallsPerClient",
  "admin",
  "adminHosts",
  "accessLog",
  "logLevel",
] as const satisfies readonly (keyof Config)[]

/** The settings that differ between two configurations, and that only a restart can change. */
export function needRestart(before: Config, after: Config): readonly string[] {
  return fixedSettings.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
}
