import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { DnsClient } from "../src/upstream/discovery/dns-client.ts"
import { createDnsClient } from "../src/upstream/discovery/dns-client.ts"
import type { ResolvedEndpoint } from "../src/upstream/discovery/resolved-endpoint.ts"
import type { Resolver } from "../src/upstream/discovery/resolver.ts"
import { createResolver } from "../src/upstream/discovery/resolver.ts"
import type { DnsRecord, DnsServer } from "./support/dns-server.ts"
import { startDnsServer } from "./support/dns-server.ts"
import { waitFor } from "./support/wait-for.ts"

let server: DnsServer
let dns: DnsClient
const open: Resolver[] = []
beforeEach(async () => {
  server = await startDnsServer()
  dns = createDnsClient({ servers: [server.address], timeoutMs: 100 })
})
afterEach(async () => {
  for (const resolver of open.splice(0)) resolver.close()
  await server.close()
})

const a = (value: string, ttl = 60): DnsRecord => ({ type: "A", ttl, value })

interface Found {
  readonly resolver: Resolver
  readonly sets: (readonly ResolvedEndpoint[])[]
  readonly words: string[]
}

/** Starts to resolve an address. */
function resolving(address: string): Found {
  const found: Omit<Found, "resolver"> = { sets: [], words: [] }
  const listener = {
    resolved: (endpoints: readonly ResolvedEndpoint[]) => void found.sets.push(endpoints),
    failed: (_: string, why: string) => void found.words.push(why),
  }
  const resolver = createResolver([{ address, weight: 1, zone: null, priority: 0 }], false, listener, dns)
  open.push(resolver)
  resolver.start()
  return { resolver, ...found }
}

const keysOf = (found: Found): string[] | undefined => found.sets.at(-1)?.map(({ key }) => key)

describe("a DNS server over the network", () => {
  it("gives A and AAAA records, with their TTL", async () => {
    server.scripts.set("users.test", {
      kind: "records",
      records: [a("127.0.0.2", 7), a("127.0.0.1", 9), { type: "AAAA", ttl: 0x1_0005, value: "::1" }],
    })
    const found = resolving("dns:///users.test:1")
    await waitFor(() => found.sets.length === 1)
    expect(keysOf(found)).toEqual(["127.0.0.1:1", "127.0.0.2:1", "[::1]:1"])
    expect(await dns.resolve4("users.test")).toContainEqual({ address: "127.0.0.2", ttlSeconds: 7 })
    expect(await dns.resolve6("users.test")).toEqual([{ address: "::1", ttlSeconds: 0x1_0005 }])
  })

  it("is asked again when the TTL is over, and its new answer is not kept from us by a cache", async () => {
    server.scripts.set("users.test", { kind: "records", records: [a("127.0.0.1", 1)] })
    const found = resolving("dns:///users.test:1")
    await waitFor(() => found.sets.length === 1)
    server.scripts.set("users.test", { kind: "records", records: [a("127.0.0.2", 3_600)] })
    await waitFor(() => found.sets.length === 2)
    expect(keysOf(found)).toEqual(["127.0.0.2:1"])
    server.scripts.set("users.test", { kind: "records", records: [a("127.0.0.3")] })
    found.resolver.resolveNow()
    await waitFor(() => found.sets.length === 3)
    expect(keysOf(found)).toEqual(["127.0.0.3:1"])
  })

  it("is asked over TCP when its answer is too long for UDP", async () => {
    const records = Array.from({ length: 600 }, (_, i) => a(`127.1.${i >> 8}.${i & 255}`))
    server.scripts.set("users.test", { kind: "records", records, isTruncated: true })
    const found = resolving("dns:///users.test:1")
    await waitFor(() => found.sets.length === 1)
    expect(keysOf(found)).toHaveLength(600)
    expect(server.questions).toContain("tcp A users.test")
  })

  it("lists services with priority, weight and port", async () => {
    const records = ["20 1 50053 b.test", "10 30 50051 a.test", "10 70 50052 b.test"]
    server.scripts.set("_grpc._tcp.users.test", {
      kind: "records",
      records: records.map((value) => ({ type: "SRV", ttl: 5, value })),
    })
    server.scripts.set("a.test", { kind: "records", records: [a("127.0.0.1")] })
    server.scripts.set("b.test", { kind: "records", records: [a("127.0.0.2")] })
    const found = resolving("dns+srv:///_grpc._tcp.users.test")
    await waitFor(() => found.sets.length === 1)
    expect(found.sets[0]).toMatchObject([
      { key: "127.0.0.1:50051", weight: 30, priority: 0, authority: "users.test:50051" },
      { key: "127.0.0.2:50052", weight: 70, priority: 0 },
      { key: "127.0.0.2:50053", weight: 1, priority: 1 },
    ])
  })

  it.each([
    ["fails", { kind: "error", code: "SERVFAIL" }, /SERVFAIL/],
    ["refuses", { kind: "error", code: "REFUSED" }, /REFUSED/],
    ["is silent", { kind: "silence" }, /does not answer/],
  ] as const)("that %s is reported, and found when it answers again", async (_, script, words) => {
    server.scripts.set("users.test", script)
    const found = resolving("dns:///users.test:1")
    await waitFor(() => found.words.length === 1)
    expect(found.words[0]).toMatch(words)
    server.scripts.set("users.test", { kind: "records", records: [a("127.0.0.1")] })
    await waitFor(() => found.sets.length === 1)
  })

  it("that knows no such name is reported", async () => {
    const found = resolving("dns:///nowhere.invalid:1")
    await waitFor(() => found.words.length === 1)
    expect(found.words[0]).toContain("there is no such name (NXDOMAIN)")
  })

  it("that is silent is not waited for when the resolver closes", async () => {
    server.scripts.set("users.test.", { kind: "silence" })
    server.scripts.set("users.test", { kind: "silence" })
    dns = createDnsClient({ servers: [server.address], timeoutMs: 60_000 })
    const answer = dns.resolve4("users.test.")
    const found = resolving("dns:///users.test.:1")
    await waitFor(() => server.questions.length >= 3)
    found.resolver.close()
    await expect(answer).rejects.toMatchObject({ code: "ECANCELLED" })
    expect(found.words).toEqual([])
  })
})

it("localhost, which DNS does not know, is resolved by the system", async () => {
  const found = resolving("dns:///localhost:1")
  await waitFor(() => found.sets.length === 1)
  expect(keysOf(found)).toContain("127.0.0.1:1")
  expect(server.questions).toEqual([])
})
