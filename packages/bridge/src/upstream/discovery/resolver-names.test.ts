import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { aQuestions, name, resolverOf, settle, usual } from "../../../test/support/resolver-scene.ts"

beforeEach(() => void vi.useFakeTimers({ now: 0 }))
afterEach(() => void vi.useRealTimers())

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
