import { plainIp } from "../core/peer-ip.ts"
import { isLoopback } from "./address-share.ts"
import type { ConnectionLimits } from "./connections.ts"
import { TrustedProxies } from "./trusted-proxies.ts"

/** The settings that limit connections, and the sessions that need descriptors beside them. */
export interface ConnectionSettings {
  readonly maxConnections: number
  /** Null: a fixed share of `maxConnections`. */
  readonly maxConnectionsPerAddress: number | null
  readonly maxSessions: number
  readonly trustedProxies: readonly string[]
}

/** The share of all connections that one address may have, unless a setting overrides it. */
const defaultShare = 1 / 4
/** Descriptors for neither clients nor backends: logs, ports, the process's own, connections that are closing. */
const otherDescriptors = 64

/**
 * The effective limits. A limit is lowered if the limit of open files (`maxOpenFiles`) would break it: without descriptors a
 * process can neither accept nor connect.
 */
export function connectionLimits(settings: ConnectionSettings, maxOpenFiles: number): ConnectionLimits {
  const reserve = 2 * settings.maxSessions + otherDescriptors // a session that is being replaced overlaps its successor
  const room = Math.max(1, Math.max(maxOpenFiles - reserve, Math.floor(maxOpenFiles / 2)))
  const maxConnections = Math.min(settings.maxConnections, room)
  const { maxConnectionsPerAddress } = settings
  const proxies = new TrustedProxies(settings.trustedProxies)
  return {
    maxConnections,
    maxConnectionsPerAddress: maxConnectionsPerAddress ?? Math.ceil(maxConnections * defaultShare),
    // A proxy carries the connections of all its clients. A proxy on this machine is assumed, unless a limit is set.
    isShared: (address) => proxies.has(plainIp(address)) || (maxConnectionsPerAddress === null && isLoopback(address)),
  }
}
