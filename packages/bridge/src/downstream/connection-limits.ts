import { plainIp } from "../core/peer-ip.ts"
import { isLoopback } from "./address-share.ts"
import type { ConnectionLimits } from "./connections.ts"
import { TrustedProxies } from "./trusted-proxies.ts"

/** The settings that limit connections. */
export interface ConnectionSettings {
  readonly maxConnections: number
  /** Null: a share of `maxConnections`. */
  readonly maxConnectionsPerAddress: number | null
  readonly maxSessions: number
  readonly trustedProxies: readonly string[]
}

/** The part of all connections that one address may have, unless a setting says otherwise. */
const defaultShare = 1 / 4
/** Descriptors that are neither a client's nor a backend's: logs, ports, the process's own, connections that are being closed. */
const otherDescriptors = 64

/**
 * The limits that hold. Those that the process's limit of open files (`maxOpenFiles`) would break are lowered: out of descriptors,
 * a process can neither accept nor dial.
 */
export function connectionLimits(settings: ConnectionSettings, maxOpenFiles: number): ConnectionLimits {
  const reserve = 2 * settings.maxSessions + otherDescriptors // a session that is replaced overlaps its successor
  const room = Math.max(1, Math.max(maxOpenFiles - reserve, Math.floor(maxOpenFiles / 2)))
  const maxConnections = Math.min(settings.maxConnections, room)
  const { maxConnectionsPerAddress } = settings
  const proxies = new TrustedProxies(settings.trustedProxies)
  return {
    maxConnections,
    maxConnectionsPerAddress: maxConnectionsPerAddress ?? Math.ceil(maxConnections * defaultShare),
    // A proxy carries every client's connections. One on this machine is assumed, unless a limit is set.
    isShared: (address) => proxies.has(plainIp(address)) || (maxConnectionsPerAddress === null && isLoopback(address)),
  }
}
