import { isLoopback, parseHostPort } from "./host-port.ts"
import type { Config } from "./schema.ts"

/** Long enough for the usual load balancer, and for Kubernetes' endpoints, to stop sending calls. */
const platformDrainDelayMs = 5_000

/**
 * How long calls are taken after readiness has gone, in milliseconds. Without a setting: only where a load balancer on another
 * machine can ask for readiness at all. A bridge on someone's laptop has none to wait for.
 */
export function drainDelayMsOf({ drainDelayMs, admin }: Pick<Config, "drainDelayMs" | "admin">): number {
  if (drainDelayMs !== null) return drainDelayMs
  const host = parseHostPort(admin ?? "")?.host
  return host === undefined || isLoopback(host) ? 0 : platformDrainDelayMs
}
