import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { FakeDns } from "../../../test/support/fake-dns.ts"
import { resolverOf, settle } from "../../../test/support/resolver-scene.ts"

beforeEach(() => void vi.useFakeTimers({ now: 0 }))
afterEach(() => void vi.useRealTimers())

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
