import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { propertyRuns } from "../../test/support/fuzz-runs.ts"
import { whyNotLinear } from "../../../../tools/fuzz/linear.ts"
import type { Peer } from "../core/exchange.ts"
import { findClientAddress } from "./client-address.ts"
import { TrustedProxies } from "./trusted-proxies.ts"

const proxies = new TrustedProxies(["10.0.0.0/8", "2001:db8:1::/48", "fe80::/10"])
const peerAt = (address: string): Peer => ({ address, carrier: "http1", isTls: false })
const proxy = peerAt("10.0.0.1:40000")

const client = (forwardedFor?: string, forwarded?: string, peer = proxy) =>
  findClientAddress(peer, proxies, forwardedFor, forwarded)

describe("the client's address", () => {
  it("is the peer's when the peer is no trusted proxy, whatever its fields claim", () => {
    const stranger = peerAt("203.0.113.9:1")
    expect(client("198.51.100.1", "for=198.51.100.1", stranger)).toEqual({
      ip: "203.0.113.9",
      forwardedFor: "203.0.113.9",
      forwarded: null,
    })
  })

  it("is the peer's when a trusted proxy names no client", () => {
    expect(client()).toEqual({ ip: "10.0.0.1", forwardedFor: "10.0.0.1", forwarded: null })
    expect(client("")).toMatchObject({ ip: "10.0.0.1", forwardedFor: "10.0.0.1" })
  })

  it("is the right-most address that is not a trusted proxy's; the backend does not get the entries to its left", () => {
    expect(client("8.8.8.8, 198.51.100.1, 10.2.3.4")).toEqual({
      ip: "198.51.100.1",
      forwardedFor: "198.51.100.1, 10.2.3.4, 10.0.0.1",
      forwarded: null,
    })
  })

  it("is the first of the chain when all are trusted proxies", () => {
    expect(client("10.9.9.9,10.2.3.4")).toMatchObject({ ip: "10.9.9.9", forwardedFor: "10.9.9.9, 10.2.3.4, 10.0.0.1" })
  })

  it.each([
    ["198.51.100.1:4711", "198.51.100.1"],
    ["2001:DB8:0:0::1", "2001:db8::1"],
    ["[2001:db8::1]", "2001:db8::1"],
    ["[2001:db8::1]:443", "2001:db8::1"],
    ["::ffff:198.51.100.1", "198.51.100.1"],
    ["::ffff:c633:6401", "198.51.100.1"],
    ["\t198.51.100.1 ", "198.51.100.1"],
  ])("is read from %j", (entry, ip) => expect(client(entry).ip).toBe(ip))

  it.each([
    ...["unknown", "_hidden", "", " ", "localhost", "198.51.100.1:", "198.51.100.256", "198.51.100.1 x", "1", "[::1"],
    ...["::1]", "[]", "fe80::1%eth0", "198.51.100.1;", `"198.51.100.1"`, "[198.51.100.1]:80x", "\u00ff", "-", ":80"],
  ])("stays the last known one when the next entry is %j", (entry) => {
    expect(client(`8.8.8.8, ${entry}`)).toMatchObject({ ip: "10.0.0.1", forwardedFor: "10.0.0.1" })
    expect(client(`8.8.8.8, ${entry}, 10.2.3.4`)).toMatchObject({ ip: "10.2.3.4", forwardedFor: "10.2.3.4, 10.0.0.1" })
  })

  it("is read from `forwarded` when x-forwarded-for is absent, and the backend gets both fields", () => {
    expect(client(undefined, `for=8.8.8.8, For="[2001:db8::1]:80";proto=https;by=_x, for=10.2.3.4`)).toEqual({
      ip: "2001:db8::1",
      forwardedFor: "2001:db8::1, 10.2.3.4, 10.0.0.1",
      forwarded: `For="[2001:db8::1]:80";proto=https;by=_x, for=10.2.3.4, for=10.0.0.1`,
    })
  })

  it.each([
    ["for=198.51.100.1", "198.51.100.1"],
    ["for=198.51.100.1:4711", "198.51.100.1"],
    [`host="a,b;for=8.8.8.8";for=198.51.100.1`, "198.51.100.1"],
    [`for=198.51.100.1;host="a\\"b,for=8.8.8.8"`, "198.51.100.1"],
    ["for=[2001:db8::1]:80", "2001:db8::1"],
    [`for="8.8.8.8, for=198.51.100.1`, "198.51.100.1"], // an open quote from a stranger hides nothing of the proxy's
    [`for="8.8.8.8, for="[2001:db8::1]"`, "2001:db8::1"],
    ["for=unknown", "10.0.0.1"],
    [`for="_gazonk"`, "10.0.0.1"],
    ["for=198.51.100.1;for=8.8.8.8", "10.0.0.1"],
    ["proto=https", "10.0.0.1"],
    ["for=198.51.100.1 junk", "10.0.0.1"],
    [`for="198.51.100.1`, "10.0.0.1"],
    ["", "10.0.0.1"],
  ])("is read from the element %j", (element, ip) => expect(client(undefined, element).ip).toBe(ip))

  it("is not taken from a `forwarded` field that a stranger wrote and a proxy passed on beside its x-forwarded-for", () => {
    expect(client("198.51.100.1", "for=8.8.8.8")).toEqual({
      ip: "198.51.100.1",
      forwardedFor: "198.51.100.1, 10.0.0.1",
      forwarded: null,
    })
    expect(client("198.51.100.1", "for=198.51.100.1").forwarded).toBe("for=198.51.100.1, for=10.0.0.1")
  })

  it("knows a trusted proxy that connects over IPv6, as an IPv4-mapped address, or from a link-local one", () => {
    for (const address of ["2001:db8:1::7:4000", "::ffff:10.0.0.1:4000", "fe80::1%eth0:4000"]) {
      expect(client("198.51.100.1", undefined, peerAt(address)).ip, address).toBe("198.51.100.1")
    }
    const forwarded = client(undefined, "for=198.51.100.1", peerAt("2001:db8:1::7:4000")).forwarded
    expect(forwarded).toBe(`for=198.51.100.1, for="[2001:db8:1::7]"`)
  })

  it("follows no more than 64 proxies", () => {
    const { ip, forwardedFor } = client(["198.51.100.1", ...Array<string>(200).fill("10.1.1.1")].join(","))
    expect(ip).toBe("10.1.1.1")
    expect(forwardedFor.split(", ")).toHaveLength(65)
  })

  const junk = fc.string({ unit: fc.constantFrom(...`"\\,;= \t[]:.for10af%_-`.split("")), maxLength: 60 })
  const honest = fc.constantFrom("198.51.100.1", "203.0.113.77", "2001:db8::1")
  const hops = fc.array(fc.constantFrom("10.1.1.1", "2001:db8:1::5"), { maxLength: 5 })
  const element = (ip: string): string => (ip.includes(":") ? `for="[${ip}]"` : `for=${ip}`)

  it("does not depend on anything to the left of the entries that proxies wrote", () => {
    fc.assert(
      fc.property(junk, honest, hops, (left, ip, right) => {
        const sent = [...right, "10.0.0.1"].join(", ")
        expect(client([left, ip, ...right].join(","))).toMatchObject({ ip, forwardedFor: `${ip}, ${sent}` })
        const elements = [left, ...[ip, ...right].map(element)].join(",")
        expect(client(undefined, elements)).toMatchObject({
          ip,
          forwarded: [ip, ...right, "10.0.0.1"].map(element).join(", "),
        })
      }),
      propertyRuns,
    )
  })

  it("is an IP address whatever a proxy sends, and the backend gets IP addresses only", () => {
    const address = /^[0-9a-f.:]+$/
    fc.assert(
      fc.property(fc.array(fc.oneof(junk, honest, fc.constant("10.1.1.1"))), (entries) => {
        const { ip, forwardedFor } = client(entries.join(","))
        expect(ip).toMatch(address)
        for (const entry of forwardedFor.split(", ")) expect(entry).toMatch(address)
        expect(client(undefined, entries.join(",")).ip).toMatch(address)
      }),
      propertyRuns,
    )
  })

  it("reads the right end of the list only, however long the list is", () => {
    const long = (end: string) => (length: number) => `${'for="\\,'.repeat(length / 7)}${end}`
    const isClient = (ip: string) => (text: string) => expect(client(undefined, text).ip).toBe(ip)
    expect(whyNotLinear(isClient("198.51.100.1"), long(",for=198.51.100.1"), 262_144)).toBeNull()
    expect(whyNotLinear(isClient("10.0.0.1"), long('"'), 262_144)).toBeNull()
    const forwardedFor = (text: string): unknown => expect(client(text).ip).toBe("198.51.100.1")
    expect(whyNotLinear(forwardedFor, (length) => `${"1,".repeat(length / 2)}198.51.100.1`, 262_144)).toBeNull()
  })
})
