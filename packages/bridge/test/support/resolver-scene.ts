import { vi } from "vitest"
import type { ResolvedEndpoint } from "../../src/upstream/discovery/resolved-endpoint.ts"
import type { Resolver } from "../../src/upstream/discovery/resolver.ts"
import { createResolver } from "../../src/upstream/discovery/resolver.ts"
import type { EndpointConfig } from "../../src/upstream/upstream-config.ts"
import { FakeDns } from "./fake-dns.ts"

/** The other fields of an endpoint. */
export const usual: Omit<EndpointConfig, "address"> = { weight: 1, zone: null, priority: 0 }

/** A resolver of these addresses, with everything that it reported. */
export function resolverOf(
  addresses: readonly (string | EndpointConfig)[],
  dns: FakeDns = new FakeDns(),
  isTls: boolean = false,
): { resolver: Resolver; dns: FakeDns; sets: (readonly ResolvedEndpoint[])[]; keys: () => string[]; words: string[] } {
  const sets: (readonly ResolvedEndpoint[])[] = []
  const words: string[] = []
  const configs = addresses.map((address) => (typeof address === "string" ? { address, ...usual } : address))
  const listener = {
    resolved: (endpoints: readonly ResolvedEndpoint[]) => void sets.push(endpoints),
    failed: (address: string, why: string) => void words.push(`${address}: ${why}`),
    recovered: (address: string) => void words.push(`${address} resolves again`),
  }
  const resolver = createResolver(configs, isTls, listener, dns, () => 0)
  return { resolver, dns, sets, words, keys: () => (sets.at(-1) ?? []).map(({ key }) => key) }
}

/** A name of a backend. */
export const name = "dns:///users.test:50051"
/** Lets everything happen that needs no time. */
export const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)
/** Number of questions for IPv4 addresses. */
export const aQuestions = (dns: FakeDns): number => dns.asked.filter((question) => question.startsWith("A ")).length
