import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { FakeDns } from "../../../test/support/fake-dns.ts"
import type { EndpointConfig } from "../upstream-config.ts"
import type { ResolvedEndpoint } from "./resolved-endpoint.ts"
import type { Resolver } from "./resolver.ts"
import { createResolver } from "./resolver.ts"

const usual = { weight: 1, zone: null, priority: 0 }

/** A resolver of these addresses, with everything that it reported. */
function resolverOf(
  addresses: readonly (string | EndpointConfig)[],
  dns = new FakeDns(),
  isTls = false,
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

const name = "dns:///users.test:50051"
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)
const aQuestions = (dns: FakeDns): number => dns.asked.filter((question) => question.startsWith("A ")).length

beforeEach(() => void vi.useFakeTimers({ now: 0 }))
afterEach(() => void vi.useRealTimers())

describe("static endpoints", () => {
  it("are given at once, with weight, zone and priority, and never again", async () => {
    const { resolver, sets } = resolverOf([
      { address: "a.test:1", weight: 3, zone: "z", priority: 2 },
      "https://b.test",
      "[::1]:2",
      "unix:/run/c.sock",
    ])
    resolver.start()
    expect(sets).toEqual([
      [
        {
          key: "a.test:1",
          host: "a.test",
          port: 1,
          path: null,
          authority: "a.test:1",
          weight: 3,
          zone: "z",
          priority: 2,
        },
        { key: "b.test:443", host: "b.test", port: 443, path: null, authority: "b.test:443", ...usual },
        { key: "[::1]:2", host: "::1", port: 2, path: null, authority: "[::1]:2", ...usual },
        { key: "unix:/run/c.sock", host: "localhost", port: 0, path: "/run/c.sock", authority: "localhost", ...usual },
      ],
    ])
    resolver.resolveNow()
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect(sets).toHaveLength(1)
  })

  it("are one when they have the same address: the first counts", () => {
    const { resolver, sets } = resolverOf(["a.test:1", { address: "http://a.test:1", ...usual, weight: 9 }])
    resolver.start()
    expect(sets).toEqual([[expect.objectContaining({ key: "a.test:1", weight: 1 })]])
  })
})

describe("a name", () => {
  it("gives all its addresses of both families, with the name as their authority", async () => {
    const { resolver, dns, sets } = resolverOf([{ address: name, weight: 2, zone: "z", priority: 1 }])
    dns.set4("users.test", ["10.0.0.2", "10.0.0.1", "10.0.0.1"])
    dns.aaaa.set("users.test", [{ address: "fd00::1", ttlSeconds: 5 }])
    resolver.start()
    expect(sets).toEqual([])
    await settle()
    const common = { port: 50_051, path: null, authority: "users.test:50051", weight: 2, zone: "z", priority: 1 }
    expect(sets).toEqual([
      [
        { key: "10.0.0.1:50051", host: "10.0.0.1", ...common },
        { key: "10.0.0.2:50051", host: "10.0.0.2", ...common },
        { key: "[fd00::1]:50051", host: "fd00::1", ...common },
      ],
    ])
  })

  it.each([
    [false, "dns:///users.test.", "10.0.0.1:80"],
    [true, "dns:///users.test.", "10.0.0.1:443"],
  ])("has the default port, and a final dot is not part of its authority (TLS: %s)", async (isTls, address, key) => {
    const { resolver, dns, sets } = resolverOf([address], undefined, isTls)
    dns.set4("users.test.", ["10.0.0.1"])
    resolver.start()
    await settle()
    expect(sets[0]).toMatchObject([{ key, authority: `users.test:${isTls ? 443 : 80}` }])
  })

  it.each([
    [0, 1_000],
    [10, 10_000],
    [86_400, 300_000],
  ])("with a TTL of %i s is asked for again after %i ms", async (ttl, intervalMs) => {
    const { resolver, dns, sets, keys } = resolverOf([name])
    dns.set4("users.test", ["10.0.0.1"], ttl)
    resolver.start()
    await settle()
    dns.set4("users.test", ["10.0.0.2"], ttl)
    await vi.advanceTimersByTimeAsync(intervalMs - 1)
    expect(aQuestions(dns)).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(aQuestions(dns)).toBe(2)
    expect(sets).toHaveLength(2)
    expect(keys()).toEqual(["10.0.0.2:50051"])
  })

  it("reports nothing when only the order of its addresses has changed", async () => {
    const { resolver, dns, sets } = resolverOf([name, "a.test:1"])
    dns.set4("users.test", ["10.0.0.1", "10.0.0.2"])
    resolver.start()
    await settle()
    dns.set4("users.test", ["10.0.0.2", "10.0.0.1"])
    await vi.advanceTimersByTimeAsync(100_000)
    expect(aQuestions(dns)).toBe(11)
    expect(sets).toHaveLength(2)
  })

  it("keeps its addresses while it does not resolve, says each reason once, and tells when it resolves again", async () => {
    const { resolver, dns, sets, words } = resolverOf([name])
    dns.set4("users.test", ["10.0.0.1"])
    resolver.start()
    await settle()
    for (const code of ["ESERVFAIL", "ETIMEOUT", "ENOTFOUND"]) {
      dns.a.set("users.test", code)
      await vi.advanceTimersByTimeAsync(60_000)
    }
    dns.a.set("users.test", [])
    await vi.advanceTimersByTimeAsync(60_000)
    dns.set4("users.test", ["10.0.0.1"])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(words.map((line) => line.replace(`${name}: `, ""))).toEqual([
      "the DNS server failed (SERVFAIL)",
      "the DNS server does not answer",
      "there is no such name (NXDOMAIN); is it spelled right, and does this machine's DNS know it?",
      "the name exists, but has no such record; is it the name of a host, or of a service (dns+srv:///)?",
      `${name} resolves again`,
    ])
    expect(sets).toHaveLength(1)
  })

  it("counts each failure, and is shown with the reason until it resolves again or is no longer configured", async () => {
    const { resolver, dns } = resolverOf([name])
    dns.a.set("users.test", "ESERVFAIL")
    resolver.start()
    await settle()
    expect([resolver.failures, resolver.unresolved]).toEqual([
      1,
      [{ address: name, why: "the DNS server failed (SERVFAIL)" }],
    ])
    await vi.advanceTimersByTimeAsync(2_000)
    expect(resolver.failures).toBe(2)
    dns.set4("users.test", ["10.0.0.1"])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(resolver.unresolved).toEqual([])
    const failures = resolver.failures
    resolver.update([{ address: "10.0.0.2:1", ...usual }])
    expect([resolver.failures, resolver.unresolved]).toEqual([failures, []])
  })

  it("that does not resolve at first is asked for with growing pauses, and then reported", async () => {
    const { resolver, dns, sets, words } = resolverOf([name])
    dns.a.set("users.test", "ESERVFAIL")
    resolver.start()
    await settle()
    expect(words).toHaveLength(1)
    const times: number[] = [0]
    for (let count = 1; performance.now() < 60_000;) {
      await vi.advanceTimersByTimeAsync(10)
      if (aQuestions(dns) > count) times.push(performance.now())
      count = aQuestions(dns)
    }
    const gaps = times.slice(1).map((at, i) => at - times[i])
    expect(gaps.slice(0, 7)).toEqual(
      [800, 1_280, 2_048, 3_277, 5_243, 8_000, 8_000].map((ms) => expect.closeTo(ms, -2)),
    )
    dns.set4("users.test", ["10.0.0.1"])
    await vi.advanceTimersByTimeAsync(8_000)
    expect(sets).toHaveLength(1)
  })

  it("is asked for at once after a failure, but at most once a second, and never twice at a time", async () => {
    const { resolver, dns, keys } = resolverOf([name])
    dns.set4("users.test", ["10.0.0.1"], 300)
    resolver.start()
    await settle()
    for (let at = 0; at < 500; at++) {
      resolver.resolveNow()
      await vi.advanceTimersByTimeAsync(10)
    }
    expect(aQuestions(dns)).toBe(6)

    await vi.advanceTimersByTimeAsync(10_000)
    let open = (): void => {}
    dns.gate = new Promise((resolve) => (open = resolve))
    resolver.resolveNow()
    await settle()
    const asked = aQuestions(dns)
    dns.set4("users.test", ["10.0.0.2"], 300)
    for (let at = 0; at < 500; at++) {
      resolver.resolveNow()
      await vi.advanceTimersByTimeAsync(10)
    }
    expect(aQuestions(dns)).toBe(asked)
    open()
    await settle()
    expect(keys()).toEqual(["10.0.0.2:50051"])
    await settle()
    expect(aQuestions(dns), "the running answer may have been older than the failure").toBe(asked + 1)
  })

  it("that fails is not asked for more often by failing connections", async () => {
    const { resolver, dns } = resolverOf([name])
    dns.a.set("users.test", "ESERVFAIL")
    resolver.start()
    for (let at = 0; at < 2_000; at++) {
      resolver.resolveNow()
      await vi.advanceTimersByTimeAsync(10)
    }
    expect(aQuestions(dns)).toBe(6)
  })

  it("keeps the last addresses of a family for which no answer came", async () => {
    const { resolver, dns, keys, words } = resolverOf([name])
    dns.set4("users.test", ["10.0.0.1"])
    dns.aaaa.set("users.test", [{ address: "fd00::1", ttlSeconds: 10 }])
    resolver.start()
    await settle()
    dns.set4("users.test", ["10.0.0.2"])
    dns.aaaa.set("users.test", "ETIMEOUT")
    await vi.advanceTimersByTimeAsync(10_000)
    expect(keys()).toEqual(["10.0.0.2:50051", "[fd00::1]:50051"])
    dns.aaaa.set("users.test", "ENODATA")
    await vi.advanceTimersByTimeAsync(10_000)
    expect(keys()).toEqual(["10.0.0.2:50051"])
    expect(words).toEqual([])
  })

  it("keeps all its addresses when one family is gone and no answer came for the other", async () => {
    const { resolver, dns, sets, words } = resolverOf([name])
    dns.set4("users.test", ["10.0.0.1"])
    resolver.start()
    await settle()
    dns.a.set("users.test", "ENODATA")
    dns.aaaa.set("users.test", "ESERVFAIL")
    await vi.advanceTimersByTimeAsync(10_000)
    expect(sets).toHaveLength(1)
    expect(words).toEqual([`${name}: the DNS server failed (SERVFAIL)`])
  })

  it("leaves out addresses of a family that the machine has not, unless there are no others", async () => {
    const { resolver, dns, keys } = resolverOf([name])
    dns.families.delete(6)
    dns.set4("users.test", ["10.0.0.1"])
    dns.aaaa.set(
      "users.test",
      ["fd00::1", "::1"].map((address) => ({ address, ttlSeconds: 10 })),
    )
    resolver.start()
    await settle()
    expect(keys()).toEqual(["10.0.0.1:50051", "[::1]:50051"])
    dns.a.delete("users.test")
    dns.aaaa.set("users.test", [{ address: "fd00::1", ttlSeconds: 10 }])
    await vi.advanceTimersByTimeAsync(10_000)
    expect(keys()).toEqual(["[fd00::1]:50051"])
  })

  it("with too many addresses keeps a thousand, and says so once", async () => {
    const { resolver, dns, sets, words } = resolverOf([name])
    dns.set4(
      "users.test",
      Array.from({ length: 1_500 }, (_, i) => `10.0.${i >> 8}.${i & 255}`),
    )
    resolver.start()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(sets).toHaveLength(1)
    expect(sets[0]).toHaveLength(1_000)
    expect(words).toEqual([
      `${name}: it has 1500 addresses; the bridge uses the first 1000, as many as one name may have`,
    ])
  })

  it("asks nothing and reports nothing after the end, not even the answer on its way", async () => {
    const { resolver, dns, sets, words } = resolverOf([name])
    let open = (): void => {}
    dns.gate = new Promise((resolve) => (open = resolve))
    dns.set4("users.test", ["10.0.0.1"])
    resolver.start()
    await settle()
    resolver.close()
    open()
    resolver.resolveNow()
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect([sets, words, aQuestions(dns), vi.getTimerCount()]).toEqual([[], [], 1, 0])
    expect(dns.isCancelled).toBe(true)
  })
})

describe("a name that only the system knows", () => {
  it.each([
    ["without a dot is not asked of DNS", "users", ["system users"]],
    [
      "is found after DNS has said that it does not exist",
      "users.default",
      ["A users.default", "AAAA users.default", "system users.default"],
    ],
  ])("%s, and asked for again every 30 s", async (_, host, questions) => {
    const { resolver, dns, keys } = resolverOf([`dns:///${host}:1`])
    dns.system.set(host, ["10.0.0.1"])
    resolver.start()
    await settle()
    expect(keys()).toEqual(["10.0.0.1:1"])
    expect(dns.asked).toEqual(questions)
    dns.system.set(host, ["10.0.0.2"])
    await vi.advanceTimersByTimeAsync(29_999)
    expect(keys()).toEqual(["10.0.0.1:1"])
    await vi.advanceTimersByTimeAsync(1)
    expect(keys()).toEqual(["10.0.0.2:1"])
  })

  it("is taken from the file of hosts before DNS, except with a final dot", async () => {
    const dns = new FakeDns()
    dns.hostsFile.set("users.test", ["10.0.0.9"])
    dns.set4("users.test", ["10.0.0.1"])
    dns.set4("users.test.", ["10.0.0.1"])
    for (const [address, key] of [
      ["dns:///users.test:1", "10.0.0.9:1"],
      ["dns:///users.test.:1", "10.0.0.1:1"],
    ]) {
      const { resolver, keys } = resolverOf([address], dns)
      resolver.start()
      await settle()
      expect(keys()).toEqual([key])
    }
  })

  it("is not looked for while the DNS server fails", async () => {
    const { resolver, dns, words } = resolverOf(["dns:///users.test:1"])
    dns.a.set("users.test", "ESERVFAIL")
    resolver.start()
    await settle()
    expect(dns.asked).not.toContain("system users.test")
    dns.system.set("users.test", "EAI_AGAIN")
    dns.a.delete("users.test")
    await vi.advanceTimersByTimeAsync(1_000)
    expect(words.at(-1)).toContain("the system's resolver has no answer for now")
  })
})

describe("a change of the configuration", () => {
  const at = (address: string, weight = 1): EndpointConfig => ({ address, weight, zone: null, priority: 0 })

  it("keeps the addresses of names that stay, although they do not resolve now", async () => {
    const { resolver, dns, sets, words } = resolverOf([name])
    dns.set4("users.test", ["10.0.0.1"])
    resolver.start()
    await settle()
    dns.a.set("users.test", "ESERVFAIL")
    await vi.advanceTimersByTimeAsync(60_000)
    resolver.update([at(name, 7), at("a.test:1", 2)])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(sets.slice(1)).toMatchObject([
      [
        { key: "10.0.0.1:50051", weight: 7 },
        { key: "a.test:1", weight: 2 },
      ],
    ])
    expect(words).toHaveLength(1)
  })

  it("takes nothing away before every new name has been asked for", async () => {
    const { resolver, dns, sets, keys } = resolverOf([name, "a.test:1"])
    dns.set4("users.test", ["10.0.0.1"])
    resolver.start()
    await settle()
    let open = (): void => {}
    dns.gate = new Promise((resolve) => (open = resolve))
    resolver.update([at("dns:///orders.test:1"), at("dns:///carts.test:1"), at("a.test:1")])
    await settle()
    expect(keys()).toEqual(["10.0.0.1:50051", "a.test:1"])
    dns.set4("orders.test", ["10.0.0.2"])
    open()
    await settle()
    expect(keys()).toEqual(["10.0.0.2:1", "a.test:1"])
    expect(sets).toHaveLength(3)
    const asked = dns.asked.filter((question) => question.endsWith("users.test")).length
    await vi.advanceTimersByTimeAsync(60_000)
    expect(dns.asked.filter((question) => question.endsWith("users.test"))).toHaveLength(asked)
  })
})

describe("a service (SRV)", () => {
  const service = "dns+srv:///_grpc._tcp.users.test"
  const record = (target: string, priority: number, weight: number, port = 1): object => ({
    name: target,
    port,
    priority,
    weight,
  })
  const setSrv = (dns: FakeDns, ...records: object[]): void =>
    void dns.srv.set(
      "_grpc._tcp.users.test",
      records as { name: string; port: number; priority: number; weight: number }[],
    )

  it("gives its targets with their ports, weights, and the order of their priorities", async () => {
    const { resolver, dns, sets } = resolverOf([{ address: service, weight: 2, zone: "z", priority: 3 }])
    setSrv(dns, record("b.test", 20, 5, 2), record("a.test", 10, 0), record("c.test", 10, 60, 3))
    for (const [i, target] of ["a.test.", "b.test.", "c.test."].entries()) dns.set4(target, [`10.0.0.${i}`])
    resolver.start()
    await settle()
    const common = { path: null, zone: "z" }
    expect(sets).toEqual([
      [
        { key: "10.0.0.0:1", host: "10.0.0.0", port: 1, authority: "users.test:1", weight: 2, priority: 3, ...common },
        {
          key: "10.0.0.2:3",
          host: "10.0.0.2",
          port: 3,
          authority: "users.test:3",
          weight: 120,
          priority: 3,
          ...common,
        },
        { key: "10.0.0.1:2", host: "10.0.0.1", port: 2, authority: "users.test:2", weight: 10, priority: 4, ...common },
      ],
    ])
  })

  it("is asked for every 30 s, and its targets with it", async () => {
    const { resolver, dns, keys } = resolverOf([service])
    setSrv(dns, record("a.test", 0, 1))
    dns.set4("a.test.", ["10.0.0.1"], 1)
    resolver.start()
    await settle()
    dns.set4("a.test.", ["10.0.0.2"], 1)
    await vi.advanceTimersByTimeAsync(29_999)
    expect(keys()).toEqual(["10.0.0.1:1"])
    await vi.advanceTimersByTimeAsync(1)
    expect(keys()).toEqual(["10.0.0.2:1"])
  })

  it("splits a target's weight among its addresses", async () => {
    const { resolver, dns, sets } = resolverOf([service])
    setSrv(dns, record("a.test", 0, 10), record("b.test", 0, 10))
    dns.set4("a.test.", ["10.0.0.1", "10.0.0.2"])
    dns.set4("b.test.", ["10.0.0.3"])
    resolver.start()
    await settle()
    expect(sets[0].map(({ weight }) => weight)).toEqual([5, 5, 10])
  })

  it("keeps the last addresses of a target that does not resolve, and all of them when no record comes", async () => {
    const { resolver, dns, sets, keys, words } = resolverOf([service])
    setSrv(dns, record("a.test", 0, 1), record("b.test", 0, 1))
    dns.set4("a.test.", ["10.0.0.1"])
    dns.set4("b.test.", ["10.0.0.2"])
    resolver.start()
    await settle()
    dns.a.set("a.test.", "ESERVFAIL")
    dns.set4("b.test.", ["10.0.0.3"])
    await vi.advanceTimersByTimeAsync(30_000)
    expect(keys()).toEqual(["10.0.0.1:1", "10.0.0.3:1"])
    dns.srv.set("_grpc._tcp.users.test", "ETIMEOUT")
    await vi.advanceTimersByTimeAsync(60_000)
    setSrv(dns, record("", 0, 0))
    await vi.advanceTimersByTimeAsync(60_000)
    setSrv(dns)
    dns.srv.set("_grpc._tcp.users.test", "ENODATA")
    await vi.advanceTimersByTimeAsync(60_000)
    expect(sets).toHaveLength(2)
    expect(words.map((line) => line.replace(`${service}: `, ""))).toEqual([
      "its target a.test does not resolve: the DNS server failed (SERVFAIL)",
      "the DNS server does not answer",
      'its SRV record says that there is no such service here (target ".")',
      "the name exists, but has no such record; is it the name of a host, or of a service (dns+srv:///)?",
    ])
  })

  it("asks for sixteen targets at a time, in both families", async () => {
    const { resolver, dns, sets } = resolverOf([service])
    setSrv(dns, ...Array.from({ length: 100 }, (_, i) => record(`t${i}.test`, 0, 1)))
    for (let i = 0; i < 100; i++) dns.set4(`t${i}.test.`, [`10.0.0.${i}`])
    resolver.start()
    await settle()
    expect(sets[0]).toHaveLength(100)
    expect(dns.mostOpen).toBe(32)
  })
})
