import { networkInterfaces } from "node:os"

import { loopback } from "./ports.ts"

/** Whether the host means every address of this machine. */
export function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::"
}

/** The URL at which a browser on this machine reaches the port. For a wildcard host it names the loopback address. */
export function urlOf(host: string, port: number): string {
  const name = isWildcard(host) ? loopback : host
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}`
}

/** Every origin that the console can be opened from. The bridge gets this list and refuses all other origins. */
export function consoleOrigins(host: string, port: number): string[] {
  if (host === loopback) return [urlOf(loopback, port), `http://localhost:${port}`]
  if (!isWildcard(host)) return [urlOf(host, port)]
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? [])
  // Link-local IPv6 addresses need a zone, and an origin cannot contain a zone.
  const reachable = addresses.filter(({ scopeid }) => !scopeid).map(({ address }) => urlOf(address, port))
  return [...new Set([urlOf(loopback, port), `http://localhost:${port}`, ...reachable])]
}
