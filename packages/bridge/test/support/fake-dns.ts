import type { SrvRecord } from "node:dns"
import type { DnsClient, TimedAddress } from "../../src/upstream/discovery/dns-client.ts"

/** An error as node:dns gives it. */
function dnsError(code: string): Error {
  return Object.assign(new Error(`query ${code}`), { code })
}

/** Answers of a fake DNS, which a test changes as it goes. A name without an answer does not exist. */
export class FakeDns implements DnsClient {
  /** A records, by name. */
  readonly a: Map<string, readonly TimedAddress[] | string> = new Map()
  /** AAAA records, by name. */
  readonly aaaa: Map<string, readonly TimedAddress[] | string> = new Map()
  readonly srv: Map<string, readonly SrvRecord[] | string> = new Map()
  readonly system: Map<string, readonly string[] | string> = new Map()
  readonly hostsFile: Map<string, readonly string[]> = new Map()
  readonly families: Set<4 | 6> = new Set([4, 6])
  /** Every question, such as `A users.test`. */
  readonly asked: string[] = []
  /** Answers wait for this. */
  gate: Promise<void> = Promise.resolve()
  isCancelled = false
  /** Highest number of questions that were open at the same time. */
  mostOpen = 0
  #open = 0

  /** Gives a name A records with this TTL. */
  set4(name: string, addresses: readonly string[], ttlSeconds = 10): void {
    this.a.set(
      name,
      addresses.map((address) => ({ address, ttlSeconds })),
    )
  }

  resolve4(name: string): Promise<readonly TimedAddress[]> {
    return this.#answer("A", name, this.a)
  }

  resolve6(name: string): Promise<readonly TimedAddress[]> {
    return this.#answer("AAAA", name, this.aaaa)
  }

  resolveSrv(name: string): Promise<readonly SrvRecord[]> {
    return this.#answer("SRV", name, this.srv)
  }

  lookUp(name: string): Promise<readonly string[]> {
    return this.#answer("system", name, this.system)
  }

  hosts(name: string): Promise<readonly string[]> {
    return Promise.resolve(this.hostsFile.get(name) ?? [])
  }

  hasFamily(family: 4 | 6): boolean {
    return this.families.has(family)
  }

  cancel(): void {
    this.isCancelled = true
  }

  async #answer<T>(
    kind: string,
    name: string,
    answers: ReadonlyMap<string, readonly T[] | string>,
  ): Promise<readonly T[]> {
    this.asked.push(`${kind} ${name}`)
    this.mostOpen = Math.max(this.mostOpen, ++this.#open)
    await this.gate
    this.#open--
    const answer = answers.get(name) ?? "ENOTFOUND"
    if (typeof answer === "string") throw dnsError(answer)
    return answer
  }
}
