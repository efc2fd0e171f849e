import type { Config } from "./config/schema.ts"
import { fleetWarnings } from "./config/fleet-warnings.ts"
import { originPatternWarning } from "./downstream/origin-patterns.ts"
import { maxOpenFiles } from "./downstream/open-files.ts"
import { passHeaderWarning } from "./downstream/request-fields.ts"
import { trustedProxyWarnings } from "./downstream/trusted-proxies.ts"
import type { Log } from "./observe/log.ts"

/** Facts about the environment that the start found out. */
export interface StartFindings {
  /** The effective limit of client connections. */
  readonly maxConnections: number
  /** The reason why clients will reject the certificate. Null: they accept it, or there is none. */
  readonly validityProblem: string | null
}

/** Warns about settings that have no effect, and about settings that are missing. */
export function warnAtStart(log: Log, config: Config, { maxConnections, validityProblem }: StartFindings): void {
  if (maxConnections !== config.maxConnections) {
    log.warn(
      "fewer connections are accepted than --max-connections allows, because the process may not open more files: raise ulimit -n, or lower --max-connections",
      { maxConnections: config.maxConnections, accepted: maxConnections, maxOpenFiles: maxOpenFiles() },
    )
  }
  if (config.corsOrigins.length === 0) {
    log.warn(
      "no origin is configured: only pages on localhost may call; set --cors-origin, or cors.origins in the configuration file",
    )
  }
  const warnings = [
    ...config.corsOrigins.map(originPatternWarning),
    ...config.passHeaders.map(passHeaderWarning),
    ...trustedProxyWarnings(config.trustedProxies),
    ...fleetWarnings(config),
  ]
  for (const warning of warnings) if (warning !== null) log.warn(warning)
  if (validityProblem !== null) {
    log.warn(
      `clients will reject this bridge's certificate: ${validityProblem}; renew the file, and the bridge loads it by itself`,
      {
        file: config.tlsCertFile,
      },
    )
  }
}
