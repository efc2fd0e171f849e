import { networkInterfaces } from "node:os"

import { loopback } from "./ports.ts"

/** Whether the host means every address of this machine. */
export function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::"
}

/** The URL at which this machine's own browser finds a port on this host. */
export function urlOf(host: string, port: number): string {
  const name = isWildcard(host) ? loopback : host
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}`
}

/** Every origin that the console may be opened from: the bridge is told them, and refuses all others. */
export function consoleOrigins(host: string, port: number): string[] {
  if (host === loopback) return [urlOf(loopback, port), `http://localhost:${port}`]
  if (!isWildcard(host)) return [urlOf(host, port)]
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? [])
  // Link-local ones need a zone, which no URL can carry.
  const reachable = addresses.filter(({ scopeid }) => !scopeid).map(({ address }) => urlOf(address, port))
  return [...new Set([urlOf(loopback, port), `http://localhost:${port}`, ...reachable])]
}
