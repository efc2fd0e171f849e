import type { DnsClient, TimedAddress } from "./dns-client.ts"
import { isTransient } from "./dns-errors.ts"

/** The addresses of a name. */
export interface Addresses {
  /** Sorted, without duplicates, at least one. */
  readonly addresses: readonly string[]
  /** Time until the name is asked for again. */
  readonly validForMs: number
}

/** Interval for addresses that come without a TTL: from the system's resolver, or from SRV records. */
export const untimedMs = 30_000
/** DNS servers that count down to the end of an answer give TTLs of 0. */
const minValidMs = 1_000
/** An address that moves is noticed within this time although its TTL is longer. */
const maxValidMs = 300_000

/** Answer for one address family. `unknown`: there was no answer. */
type Family =
  | { readonly kind: "addresses"; readonly records: readonly TimedAddress[] }
  | { readonly kind: "none"; readonly cause: unknown }
  | { readonly kind: "unknown"; readonly cause: unknown }

/** Finds the addresses of one name. If DNS answers for one address family only, the last addresses of the other stay. */
export class NameAddresses {
  readonly #name: string
  readonly #dns: DnsClient
  #last4: readonly string[] = []
  #last6: readonly string[] = []

  constructor(name: string, dns: DnsClient) {
    this.#name = name
    this.#dns = dns
  }

  /**
   * Asks the file of hosts, then DNS, then the system's resolver, which knows search domains. A name with a final dot is asked of
   * DNS alone, and a name without any dot is not asked of DNS.
   */
  async resolve(): Promise<Addresses> {
    if (this.#name.endsWith(".")) return this.#askDns()
    const listed = await this.#dns.hosts(this.#name)
    if (listed.length > 0) return this.#untimed(listed)
    if (!this.#name.includes(".")) return this.#lookUp()
    return this.#askDns().catch((cause: unknown) => this.#lookUpAfter(cause))
  }

  /** DNS does not know the name. If the system does not either, the answer of DNS tells more. */
  async #lookUpAfter(cause: unknown): Promise<Addresses> {
    if (isTransient(cause)) throw cause
    return this.#lookUp().catch((second: unknown) => {
      throw isTransient(second) ? second : cause
    })
  }

  async #lookUp(): Promise<Addresses> {
    return this.#untimed(await this.#dns.lookUp(this.#name))
  }

  #untimed(addresses: readonly string[]): Addresses {
    return { addresses: usable(addresses, this.#dns), validForMs: untimedMs }
  }

  async #askDns(): Promise<Addresses> {
    const [four, six] = await Promise.all([
      familyOf(this.#dns.resolve4(this.#name)),
      familyOf(this.#dns.resolve6(this.#name)),
    ])
    if (four.kind !== "addresses" && six.kind !== "addresses") throw six.kind === "unknown" ? six.cause : four.cause
    if (four.kind !== "unknown") this.#last4 = addressesOf(four)
    if (six.kind !== "unknown") this.#last6 = addressesOf(six)
    const ttls = [four, six].flatMap((family) => (family.kind === "addresses" ? family.records : []))
    const ttlMs = 1_000 * Math.min(...ttls.map(({ ttlSeconds }) => ttlSeconds))
    const isPartial = four.kind === "unknown" || six.kind === "unknown"
    return {
      addresses: usable([...this.#last4, ...this.#last6], this.#dns),
      validForMs: Math.max(minValidMs, Math.min(ttlMs, isPartial ? untimedMs : maxValidMs)),
    }
  }
}

async function familyOf(answer: Promise<readonly TimedAddress[]>): Promise<Family> {
  try {
    const records = await answer
    if (records.length > 0) return { kind: "addresses", records }
    return { kind: "none", cause: Object.assign(new Error("an empty answer"), { code: "ENODATA" }) }
  } catch (cause) {
    return { kind: isTransient(cause) ? "unknown" : "none", cause }
  }
}

function addressesOf(family: Family): string[] {
  return family.kind === "addresses" ? family.records.map(({ address }) => address) : []
}

/**
 * Leaves out the addresses of a family that this machine has not: they cannot be reached (as AI_ADDRCONFIG does). All stay if
 * there are no others, so that the failed connection tells the reason.
 */
function usable(addresses: readonly string[], dns: DnsClient): string[] {
  const all = [...new Set(addresses)].sort()
  const lacks4 = !dns.hasFamily(4)
  const lacks6 = !dns.hasFamily(6)
  const reachable = all.filter((address) => isLoopback(address) || !(address.includes(":") ? lacks6 : lacks4))
  return reachable.length > 0 ? reachable : all
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.")
}
