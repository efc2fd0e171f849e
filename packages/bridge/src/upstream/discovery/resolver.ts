import type { EndpointConfig } from "./endpoint-config.ts"
import { parseEndpointAddress } from "./address.ts"
import type { DnsClient } from "./dns-client.ts"
import { createDnsClient } from "./dns-client.ts"
import { dnsEndpoints } from "./dns.ts"
import type { Random, Resolve } from "./name-watch.ts"
import { NameWatch } from "./name-watch.ts"
import type { ResolvedEndpoint } from "./resolved-endpoint.ts"
import { srvEndpoints } from "./srv.ts"
import { staticEndpoint } from "./static.ts"

/** Callbacks of a resolver. None is called after `close`. */
export interface ResolverListener {
  /** The endpoints have changed, beyond their order. There is always one at least. */
  resolved(endpoints: readonly ResolvedEndpoint[]): void
  /** This configured address does not resolve, in whole or in part. Its last endpoints stay. Called once for each reason. */
  failed(address: string, why: string): void
  /** This configured address resolves again, after a call of `failed`. */
  recovered?(address: string): void
}

/** Keeps the addresses of an upstream's endpoints up to date. */
export interface Resolver {
  /** Gives the static endpoints to the listener at once, and begins to resolve names. */
  start(): void
  /** Asks for every name again, since a connection failed or a backend said GOAWAY. Seldom enough to call it freely. */
  resolveNow(): void
  close(): void
}

/**
 * Creates the resolver of an upstream's endpoints, whose addresses the configuration has accepted. It owns its timers and
 * queries. docs/decisions/0021-names-and-addresses.md explains the rules.
 */
export function createResolver(
  endpoints: readonly EndpointConfig[],
  isTls: boolean,
  listener: ResolverListener,
  dns: DnsClient = createDnsClient(),
  random: Random = Math.random,
): Resolver {
  return new EndpointResolver(endpoints, isTls, listener, dns, random)
}

class EndpointResolver implements Resolver {
  /** The endpoints of each configured address, in its place. */
  readonly #lists: (readonly ResolvedEndpoint[])[] = []
  readonly #watches: NameWatch[] = []
  readonly #listener: ResolverListener
  readonly #dns: DnsClient
  #given = ""

  constructor(
    endpoints: readonly EndpointConfig[],
    isTls: boolean,
    listener: ResolverListener,
    dns: DnsClient,
    random: Random,
  ) {
    this.#listener = listener
    this.#dns = dns
    for (const [place, config] of endpoints.entries()) {
      const source = sourceOf(config, isTls, dns)
      this.#lists.push(typeof source === "function" ? [] : source)
      if (typeof source === "function") this.#watches.push(this.#watch(place, config.address, source, random))
    }
  }

  start(): void {
    this.#give()
    for (const watch of this.#watches) watch.start()
  }

  resolveNow(): void {
    for (const watch of this.#watches) watch.resolveNow()
  }

  close(): void {
    for (const watch of this.#watches) watch.close()
    this.#dns.cancel()
  }

  #watch(place: number, address: string, resolve: Resolve, random: Random): NameWatch {
    const listener = {
      resolved: (endpoints: readonly ResolvedEndpoint[]) => {
        this.#lists[place] = endpoints
        this.#give()
      },
      failed: (why: string) => this.#listener.failed(address, why),
      recovered: () => this.#listener.recovered?.(address),
    }
    return new NameWatch(resolve, listener, random)
  }

  /** Two names may share an address. The first in the configuration has it then. */
  #give(): void {
    const byKey = new Map<string, ResolvedEndpoint>()
    for (const endpoint of this.#lists.flat()) {
      if (!byKey.has(endpoint.key)) byKey.set(endpoint.key, endpoint)
    }
    const endpoints = [...byKey.values()]
    const given = endpoints
      .map((endpoint) => JSON.stringify(endpoint))
      .sort()
      .join()
    if (given === this.#given) return
    this.#given = given
    this.#listener.resolved(endpoints)
  }
}

/** The endpoint of a static address, or the function that resolves a name. */
function sourceOf(config: EndpointConfig, isTls: boolean, dns: DnsClient): readonly ResolvedEndpoint[] | Resolve {
  const address = parseEndpointAddress(config.address)
  if (address.kind === "wrong") throw new TypeError(address.problem) // unreachable: the configuration was checked
  if (address.kind === "dns") return dnsEndpoints(config, address, isTls, dns)
  if (address.kind === "srv") return srvEndpoints(config, address.name, dns)
  return [staticEndpoint(config, address, isTls)]
}
