import { isLoopback, parseHostPort } from "./host-port.ts"
import type { Config } from "./schema.ts"

/** Enough time for the usual load balancer, and for Kubernetes' endpoints, to stop sending calls. */
const platformDrainDelayMs = 5_000

/**
 * How long new calls are accepted after readiness has ended, in milliseconds. The default is above 0 only if a load balancer on
 * another machine can read readiness. A bridge on a laptop has no load balancer to wait for.
 */
export function drainDelayMsOf({ drainDelayMs, admin }: Pick<Config, "drainDelayMs" | "admin">): number {
  if (drainDelayMs !== null) return drainDelayMs
  const host = parseHostPort(admin ?? "")?.host
  return host === undefined || isLoopback(host) ? 0 : platformDrainDelayMs
}
