import type { Config } from "./config/schema.ts"

/** Settings that hold until the process ends: they belong to the open ports and their connections. */
const fixedSettings = [
  "listen",
  "tlsCertFile",
  "tlsKeyFile",
  "keepAliveTimeoutMs",
  "maxHeadBytes",
  "headTimeoutMs",
  "maxConcurrentStreams",
  "admin",
  "accessLog",
  "codec",
] as const satisfies readonly (keyof Config)[]

/** The configuration that is in force once `after` was applied to a bridge that was started with `before`. */
export function keepFixed(before: Config, after: Config): Config {
  return { ...after, ...Object.fromEntries(fixedSettings.map((name) => [name, before[name]])) }
}

/** The settings that differ between two configurations, and that only a restart can change. */
export function needRestart(before: Config, after: Config): readonly string[] {
  return fixedSettings.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
}
