import { isIPv4, isIPv6 } from "node:net"

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
  return isHost(name) ? { host: name, port } : null
}

/** Formats an address so that `parseHostPort` reads it back. */
export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`
}

/** True if only this machine can reach the host. */
export function isLoopback(host: string): boolean {
  return /^(.+\.)?localhost$/i.test(host) || (isIPv4(host) && host.startsWith("127.")) || host === "::1"
}

function isHost(name: string): boolean {
  // A name that ends in a number is an IPv4 address or a mistake (WHATWG URL, "ends in a number").
  if (/(^|\.)\d+$/.test(name)) return isIPv4(name)
  return name.length <= 253 && /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/i.test(name)
}
