import type { DnsClient } from "./dns-client.ts"
import { NameAddresses } from "./name-addresses.ts"
import type { Resolve } from "./name-watch.ts"
import { endpointAt } from "./static.ts"

/** Limit of the endpoints of one name. */
export const maxEndpointsPerName = 1_000

/** Resolves `dns:///name:port`: each address of the name is an endpoint. */
export function dnsEndpoints(name: string, port: number, dns: DnsClient): Resolve {
  const found = new NameAddresses(name, dns)
  return async () => {
    const { addresses, validForMs } = await found.resolve()
    const endpoints = addresses.slice(0, maxEndpointsPerName).map((host) => endpointAt(host, port, name))
    return { endpoints, validForMs, problem: tooMany(addresses.length) }
  }
}

/** The problem with this number of addresses, or null. */
export function tooMany(count: number): string | null {
  if (count <= maxEndpointsPerName) return null
  return `it has ${count} addresses; the bridge uses the first ${maxEndpointsPerName}, as many as one name may have`
}
