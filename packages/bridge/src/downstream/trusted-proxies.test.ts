import { describe, expect, it } from "vitest"
import { TrustedProxies, trustedProxyProblem, trustedProxyWarnings } from "./trusted-proxies.ts"

describe("trusted proxies", () => {
  it.each([
    "10.0.0.0/8",
    "192.0.2.7",
    "192.0.2.7/32",
    "2001:db8::/32",
    "::1",
    "2001:DB8::/1",
    "loopback",
    "private",
    "none",
  ])("accept %s", (entry) => {
    expect(trustedProxyProblem(entry)).toBeNull()
    expect(() => new TrustedProxies([entry])).not.toThrow()
  })

  it.each([
    "",
    "proxy.example",
    "10.0.0.0/33",
    "2001:db8::/129",
    "10.0.0/8",
    "10.0.0.0/",
    "10.0.0.0/-1",
    "toString",
    "10.0.0.1:80",
  ])("reject %j", (entry) => expect(trustedProxyProblem(entry)).toContain(`"${entry}" is not an address range`))

  it.each(["0.0.0.0/0", "::/0"])("cannot be everyone: %s", (entry) => {
    expect(trustedProxyProblem(entry)).toContain("trusts every address")
  })

  it.each([
    [["0.0.0.0/1", "128.0.0.0/1"], "every IPv4 address"],
    [["128.0.0.0/2", "loopback", "192.0.0.0/2", "64.0.0.0/2", "0.0.0.0/2"], "every IPv4 address"],
    [["::/1", "8000::/1"], "every IPv6 address"],
    [["::/2", "8000::/1", "4000:0:0:0:0:0:0:0/2"], "every IPv6 address"],
    [["none", "10.0.0.0/8"], "none has no effect beside other entries"],
  ])("with %j, a start warns: %s", (entries, words) => {
    expect(trustedProxyWarnings(entries)).toEqual([expect.stringContaining(words)])
  })

  it.each([
    [["none"]],
    [["none", "none"]],
    [[]],
    [["loopback", "private"]],
    [["0.0.0.0/1", "128.0.0.0/2"]],
    [["::/1", "0.0.0.0/1", "8000::ffff:1.2.3.4", "2001:db8::/32"]],
  ])("with %j, a start does not warn", (entries) => {
    expect(trustedProxyWarnings(entries)).toEqual([])
  })

  it("are recognised by address, in either family", () => {
    const proxies = new TrustedProxies(["loopback", "private", "192.0.2.7", "2001:db8::/32"])
    for (const ip of [
      "127.0.0.1",
      "127.9.9.9",
      "::1",
      "10.1.1.1",
      "172.31.0.1",
      "192.168.1.1",
      "fd00::1",
      "192.0.2.7",
      "2001:db8:ffff::1",
    ]) {
      expect(proxies.has(ip), ip).toBe(true)
    }
    for (const ip of [
      "192.0.2.8",
      "172.32.0.1",
      "2001:db9::1",
      "8.8.8.8",
      "::2",
      "",
      "unknown",
      "10.1.1",
      "10.1.1.1:80",
    ]) {
      expect(proxies.has(ip), ip).toBe(false)
    }
  })

  it("are none with the word none", () => {
    const proxies = new TrustedProxies(["none"])
    expect(proxies.has("127.0.0.1")).toBe(false)
    expect(proxies.hasPeer({ address: "127.0.0.1:1", carrier: "http1", isTls: false })).toBe(false)
  })
})
