import type { EndpointConfig } from "../upstream-config.ts"
import { defaultPort, parseEndpointAddress } from "./address.ts"
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
  /** Takes these endpoints. A name that stays keeps its last addresses, and new ones count once all have been asked for. */
  update(endpoints: readonly EndpointConfig[]): void
  /** Asks for every name again, since a connection failed or a backend said GOAWAY. Seldom enough to call it freely. */
  resolveNow(): void
  close(): void
  /** Number of resolutions that failed, in whole or in part. */
  readonly failures: number
  /** The configured addresses that do not resolve now, in whole or in part, with the reason. */
  readonly unresolved: readonly { readonly address: string; readonly why: string }[]
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

/** A configured address. */
interface Source {
  /** Its endpoints, without the share, zone and priority that are configured. Empty: it has not resolved. */
  endpoints: readonly ResolvedEndpoint[]
  /** It has resolved, or failed to. */
  isSettled: boolean
  /** Null: the address is static. */
  readonly watch: NameWatch | null
}

class EndpointResolver implements Resolver {
  #configs: readonly EndpointConfig[] = []
  /** By configured address. */
  #sources = new Map<string, Source>()
  readonly #isTls: boolean
  readonly #listener: ResolverListener
  readonly #dns: DnsClient
  readonly #random: Random
  #isStarted = false
  #given = ""
  /** Failures of names that are no longer configured. */
  #failuresBefore = 0

  constructor(
    endpoints: readonly EndpointConfig[],
    isTls: boolean,
    listener: ResolverListener,
    dns: DnsClient,
    random: Random,
  ) {
    this.#isTls = isTls
    this.#listener = listener
    this.#dns = dns
    this.#random = random
    this.update(endpoints)
  }

  start(): void {
    this.#isStarted = true
    this.#give()
    for (const { watch } of this.#sources.values()) watch?.start()
  }

  update(endpoints: readonly EndpointConfig[]): void {
    const before = new Map(this.#sources)
    this.#configs = endpoints
    this.#sources = new Map(endpoints.map(({ address }) => [address, before.get(address) ?? this.#source(address)]))
    for (const [address, { watch }] of before) {
      if (this.#sources.has(address) || watch === null) continue
      this.#failuresBefore += watch.failures
      watch.close()
    }
    if (this.#isStarted) this.start()
  }

  resolveNow(): void {
    for (const { watch } of this.#sources.values()) watch?.resolveNow()
  }

  close(): void {
    for (const { watch } of this.#sources.values()) watch?.close()
    this.#dns.cancel()
  }

  get failures(): number {
    let sum = this.#failuresBefore
    for (const { watch } of this.#sources.values()) sum += watch?.failures ?? 0
    return sum
  }

  get unresolved(): readonly { readonly address: string; readonly why: string }[] {
    return [...this.#sources].flatMap(([address, { watch }]) => {
      const why = watch?.problem ?? null
      return why === null ? [] : [{ address, why }]
    })
  }

  #source(text: string): Source {
    const resolve = sourceOf(text, this.#isTls, this.#dns)
    if (typeof resolve !== "function") return { endpoints: [resolve], isSettled: true, watch: null }
    const listener = {
      resolved: (endpoints: readonly ResolvedEndpoint[]) => {
        source.endpoints = endpoints
        source.isSettled = true
        this.#give()
      },
      failed: (why: string) => {
        source.isSettled = true
        this.#listener.failed(text, why)
        this.#give()
      },
      recovered: () => this.#listener.recovered?.(text),
    }
    const source: Source = { endpoints: [], isSettled: false, watch: new NameWatch(resolve, listener, this.#random) }
    return source
  }

  /** After a change of the configuration, endpoints that serve calls stay until it is known which take their place. */
  #give(): void {
    if (this.#given !== "" && [...this.#sources.values()].some(({ isSettled }) => !isSettled)) return
    const endpoints = this.#endpoints
    const given = endpoints
      .map((endpoint) => JSON.stringify(endpoint))
      .sort()
      .join()
    if (given === "" || given === this.#given) return
    this.#given = given
    this.#listener.resolved(endpoints)
  }

  /** Two names may share an address. The first in the configuration has it then. */
  get #endpoints(): ResolvedEndpoint[] {
    const byKey = new Map<string, ResolvedEndpoint>()
    for (const { address, weight, zone, priority } of this.#configs) {
      for (const one of this.#sources.get(address)?.endpoints ?? []) {
        if (byKey.has(one.key)) continue
        byKey.set(one.key, { ...one, weight: weight * one.weight, zone, priority: priority + one.priority })
      }
    }
    return [...byKey.values()]
  }
}

/** The endpoint of a static address, or the function that resolves a name. */
function sourceOf(text: string, isTls: boolean, dns: DnsClient): ResolvedEndpoint | Resolve {
  const address = parseEndpointAddress(text)
  if (address.kind === "wrong") throw new TypeError(address.problem) // unreachable: the configuration was checked
  if (address.kind === "dns") return dnsEndpoints(address.name, address.port ?? defaultPort(isTls), dns)
  if (address.kind === "srv") return srvEndpoints(address.name, dns)
  return staticEndpoint(address, isTls)
}
