import { promises as dns } from "node:dns"
import type { SrvRecord } from "node:dns"
import { readFile } from "node:fs/promises"
import { networkInterfaces } from "node:os"
import { addressesInHosts, hostsFile } from "./hosts-file.ts"

/** An address with the time for which it holds. */
export interface TimedAddress {
  readonly address: string
  readonly ttlSeconds: number
}

/** Questions about names. Each rejects with Node's error, whose `code` tells the reason. */
export interface DnsClient {
  /** A records. */
  resolve4(name: string): Promise<readonly TimedAddress[]>
  /** AAAA records. */
  resolve6(name: string): Promise<readonly TimedAddress[]>
  /** SRV records. Node does not tell how long they hold. */
  resolveSrv(name: string): Promise<readonly SrvRecord[]>
  /** The system's resolver, with its search domains (getaddrinfo). */
  lookUp(name: string): Promise<readonly string[]>
  /** The system's file of hosts. */
  hosts(name: string): Promise<readonly string[]>
  /** True if the machine has an address of this family beyond its loopback. */
  hasFamily(family: 4 | 6): boolean
  /** Rejects every open question. */
  cancel(): void
}

/** Time for the first answer. The second and last attempt waits twice as long. */
const timeoutMs = 1_500
const attempts = 2

/** Options of the system's DNS. */
export interface DnsClientOptions {
  /** `address:port` of the DNS servers. Default: the system's. */
  readonly servers?: readonly string[]
  /** Default: 1.5 s. */
  readonly timeoutMs?: number
}

/** The DNS of this machine. */
export function createDnsClient(options: DnsClientOptions = {}): DnsClient {
  return new SystemDns(options)
}

class SystemDns implements DnsClient {
  readonly #options: DnsClientOptions
  readonly #open = new Set<dns.Resolver>()

  constructor(options: DnsClientOptions) {
    this.#options = options
  }

  async resolve4(name: string): Promise<readonly TimedAddress[]> {
    return timed(await this.#ask((resolver) => resolver.resolve4(name, { ttl: true })))
  }

  async resolve6(name: string): Promise<readonly TimedAddress[]> {
    return timed(await this.#ask((resolver) => resolver.resolve6(name, { ttl: true })))
  }

  resolveSrv(name: string): Promise<readonly SrvRecord[]> {
    return this.#ask((resolver) => resolver.resolveSrv(name))
  }

  async lookUp(name: string): Promise<readonly string[]> {
    return (await dns.lookup(name, { all: true })).map(({ address }) => address)
  }

  async hosts(name: string): Promise<readonly string[]> {
    return addressesInHosts(await readFile(hostsFile(), "utf8").catch(() => ""), name)
  }

  hasFamily(family: 4 | 6): boolean {
    return Object.values(networkInterfaces()).some((addresses) =>
      addresses?.some((one) => one.family === `IPv${family}` && !one.internal && !one.address.startsWith("fe80:")),
    )
  }

  cancel(): void {
    for (const resolver of this.#open) resolver.cancel()
  }

  /** A new resolver for each question reads the system's list of DNS servers again, which may have changed. */
  async #ask<T>(question: (resolver: dns.Resolver) => Promise<T>): Promise<T> {
    const resolver = new dns.Resolver({ timeout: this.#options.timeoutMs ?? timeoutMs, tries: attempts })
    if (this.#options.servers !== undefined) resolver.setServers(this.#options.servers)
    this.#open.add(resolver)
    try {
      return await question(resolver)
    } finally {
      this.#open.delete(resolver)
    }
  }
}

function timed(records: readonly { readonly address: string; readonly ttl: number }[]): TimedAddress[] {
  return records.map(({ address, ttl }) => ({ address, ttlSeconds: ttl }))
}
