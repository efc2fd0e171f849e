import type { EndpointAddress } from "./address.ts"
import { defaultPort } from "./address.ts"
import type { ResolvedEndpoint } from "./resolved-endpoint.ts"

/** The endpoint of an address that needs no resolution. A name among them is looked up for each connection. */
export function staticEndpoint(
  address: Extract<EndpointAddress, { readonly kind: "host" | "unix" }>,
  isTls: boolean,
): ResolvedEndpoint {
  if (address.kind === "host") {
    const port = address.port ?? defaultPort(address.scheme === null ? isTls : address.scheme === "https")
    return endpointAt(address.host, port, address.host)
  }
  // gRPC sends this authority over Unix sockets: it must not be empty, and a path is none.
  const common = { ...endpointAt("localhost", 0, "localhost"), authority: "localhost" }
  return { ...common, key: `unix:${address.path}`, path: address.path }
}

/** An endpoint on the network. `name`: the configured name or address. */
export function endpointAt(host: string, port: number, name: string): ResolvedEndpoint {
  // The final dot of an absolute name is for DNS alone: certificates and authorities go without (RFC 6066 §3).
  const authority = withPort(name.replace(/\.$/, ""), port)
  return { key: withPort(host, port), host, port, path: null, authority, weight: 1, zone: null, priority: 0 }
}

function withPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`
}
