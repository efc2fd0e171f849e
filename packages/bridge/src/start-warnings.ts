import type { Config } from "./config/schema.ts"
import { maxOpenFiles } from "./downstream/open-files.ts"
import type { Log } from "./observe/log.ts"

/** Facts about the environment that the start found out. */
export interface StartFindings {
  /** The effective limit of client connections. */
  readonly maxConnections: number
  /** The reason why clients will reject the certificate. Null: they accept it, or there is none. */
  readonly validityProblem: string | null
}

/** Warns about what the environment makes of the settings. */
export function warnAtStart(log: Log, config: Config, { maxConnections, validityProblem }: StartFindings): void {
  if (maxConnections !== config.maxConnections) {
    log.warn(
      "fewer connections are accepted than --max-connections allows, because the process may not open more files: raise ulimit -n, or lower --max-connections",
      { maxConnections: config.maxConnections, accepted: maxConnections, maxOpenFiles: maxOpenFiles() },
    )
  }
  if (validityProblem !== null) {
    log.warn(
      `clients will reject this bridge's certificate: ${validityProblem}; renew the file, and the bridge loads it by itself`,
      {
        file: config.tlsCertFile,
      },
    )
  }
}
