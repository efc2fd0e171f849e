import type { Peer } from "./exchange.ts"

/** The IP address of a connection's other end, without its port. */
export function peerIp({ address }: Peer): string {
  return plainIp(address.slice(0, address.lastIndexOf(":")))
}

/**
 * Normal form of an IP address. A socket that listens on IPv6 and IPv4 reports IPv4 addresses as `::ffff:192.0.2.1` (RFC 4291
 * §2.5.5.2).
 */
export function plainIp(ip: string): string {
  return ip.startsWith("::ffff:") && ip.includes(".") ? ip.slice(7) : ip
}
