import { fleetWarnings } from "./config/fleet-warnings.ts"
import type { Config } from "./config/schema.ts"
import { originPatternWarning } from "./downstream/origin-patterns.ts"
import { passHeaderWarning } from "./downstream/request-fields.ts"
import { trustedProxyWarnings } from "./downstream/trusted-proxies.ts"

/** Warnings about a valid configuration: settings that have no effect, that are missing, or that are most likely not meant so. */
export function configWarnings(config: Config): readonly string[] {
  const warnings = [
    config.corsOrigins.length > 0
      ? null
      : "no origin is configured: only pages on localhost may call; set --cors-origin, or cors.origins in the configuration file",
    ...config.corsOrigins.map(originPatternWarning),
    ...config.passHeaders.map(passHeaderWarning),
    ...trustedProxyWarnings(config.trustedProxies),
    ...fleetWarnings(config),
  ]
  return warnings.filter((warning) => warning !== null)
}
