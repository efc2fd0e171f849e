import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { name, resolverOf, settle, usual } from "../../../test/support/resolver-scene.ts"
import type { EndpointConfig } from "../upstream-config.ts"

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
