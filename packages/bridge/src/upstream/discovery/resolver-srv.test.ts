import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { FakeDns } from "../../../test/support/fake-dns.ts"
import { resolverOf, settle } from "../../../test/support/resolver-scene.ts"

beforeEach(() => void vi.useFakeTimers({ now: 0 }))
afterEach(() => void vi.useRealTimers())

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
