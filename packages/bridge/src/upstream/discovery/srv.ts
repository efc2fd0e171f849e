import type { SrvRecord } from "node:dns"
import type { DnsClient } from "./dns-client.ts"
import { whyUnresolved } from "./dns-errors.ts"
import { maxEndpointsPerName, tooMany } from "./dns.ts"
import { NameAddresses, untimedMs } from "./name-addresses.ts"
import type { Resolve, Resolution } from "./name-watch.ts"
import type { ResolvedEndpoint } from "./resolved-endpoint.ts"
import { endpointAt } from "./static.ts"

/** Time until the next resolution while a target fails. */
const incompleteMs = 5_000
/** Number of targets whose addresses are asked for at the same time. */
const targetsAtOnce = 16

/** Resolves `dns+srv:///_service._proto.name` (RFC 2782): the records' targets are endpoints, with priority and weight. */
export function srvEndpoints(name: string, dns: DnsClient): Resolve {
  const source = new SrvSource(name, dns)
  return () => source.resolve()
}

class SrvSource {
  readonly #name: string
  readonly #dns: DnsClient
  /** Targets of the last records, with their addresses. A target that does not resolve keeps its last ones. */
  #targets = new Map<string, Target>()

  constructor(name: string, dns: DnsClient) {
    this.#name = name
    this.#dns = dns
  }

  async resolve(): Promise<Resolution> {
    const records = (await this.#dns.resolveSrv(this.#name)).toSorted(byUse)
    if (records.every(({ name }) => name === "" || name === ".")) {
      throw new Error('its SRV record says that there is no such service here (target ".")')
    }
    const used = records.slice(0, maxEndpointsPerName)
    await this.#resolveTargets([...new Set(used.map(({ name }) => name))])
    const endpoints = this.#endpoints(used)
    const failed = [...this.#targets.values()].find(({ why }) => why !== null)
    if (endpoints.length === 0) throw new Error(failed?.why ?? "none of its targets has an address")
    const problem = tooMany(Math.max(records.length, endpoints.length)) ?? failed?.why ?? null
    return {
      endpoints: endpoints.slice(0, maxEndpointsPerName),
      validForMs: failed === undefined ? untimedMs : incompleteMs,
      problem,
    }
  }

  async #resolveTargets(names: readonly string[]): Promise<void> {
    this.#targets = new Map(names.map((name) => [name, this.#targets.get(name) ?? new Target(name, this.#dns)]))
    const waiting = [...this.#targets.values()]
    const resolveNext = async (): Promise<void> => {
      for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) await target.resolve()
    }
    await Promise.all(Array.from({ length: targetsAtOnce }, resolveNext))
  }

  /** SRV priorities are any numbers: their order counts. */
  #endpoints(records: readonly SrvRecord[]): ResolvedEndpoint[] {
    const priorities = [...new Set(records.map(({ priority }) => priority))].sort((a, b) => a - b)
    return records.flatMap(({ name, port, weight, priority }) => {
      const addresses = this.#targets.get(name)?.addresses ?? []
      const share = {
        // A target's addresses share its weight. 0 stands for a small share (RFC 2782).
        weight: Math.max(1, Math.round(weight / addresses.length)),
        priority: priorities.indexOf(priority),
      }
      return addresses.map((host) => ({ ...endpointAt(host, port, serviceDomain(this.#name)), ...share }))
    })
  }
}

/** The host of one or more SRV records. */
class Target {
  addresses: readonly string[] = []
  /** The reason why the last resolution failed. Null: it did not. */
  why: string | null = null
  readonly #name: string
  readonly #source: NameAddresses

  constructor(name: string, dns: DnsClient) {
    this.#name = name
    this.#source = new NameAddresses(`${name}.`, dns) // targets are absolute
  }

  async resolve(): Promise<void> {
    try {
      this.addresses = (await this.#source.resolve()).addresses
      this.why = null
    } catch (cause) {
      this.why = `its target ${this.#name} does not resolve: ${whyUnresolved(cause)}`
    }
  }
}

/**
 * The name that a certificate must have: the configured one, since anyone who can forge a DNS answer can choose the targets (RFC
 * 6125 §6.2.1, RFC 4985).
 */
function serviceDomain(name: string): string {
  return name.replace(/^(?:_[^.]+\.)+/, "")
}

/** Those of the first priority first, and an order that does not depend on the answer's. */
function byUse(a: SrvRecord, b: SrvRecord): number {
  return a.priority - b.priority || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0) || a.port - b.port
}
