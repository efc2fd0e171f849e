import { isIPv4, isIPv6 } from "node:net"
import { isHostName } from "../upstream/discovery/host-name.ts"

/** An address to listen on. */
export interface HostPort {
  /** A name or an IP address. IPv6 without brackets. */
  readonly host: string
  /** 0 picks a free port. */
  readonly port: number
}

/** Parses `host:port`, with IPv6 addresses in brackets. Null: the text has another form. */
export function parseHostPort(text: string): HostPort | null {
  const [, ipv6, name, digits] = /^(?:\[([^[\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (!(port <= 65_535)) return null
  if (ipv6 !== undefined) return isIPv6(ipv6) ? { host: ipv6, port } : null
  return isHostName(name) ? { host: name, port } : null
}

/** Formats an address so that `parseHostPort` reads it back. */
export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`
}

/** True if only this machine can reach the host. */
export function isLoopback(host: string): boolean {
  return /^(.+\.)?localhost$/i.test(host) || (isIPv4(host) && host.startsWith("127.")) || host === "::1"
}
