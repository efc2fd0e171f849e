import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { formatHostPort, parseHostPort } from "./host-port.ts"

/** Any UTF-16 code unit, including lone surrogates. */
const anyUnit = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit))

describe("host:port", () => {
  it.each([
    ["127.0.0.1:8080", "127.0.0.1", 8_080],
    ["0.0.0.0:0", "0.0.0.0", 0],
    ["localhost:65535", "localhost", 65_535],
    ["bridge-1.internal.example:80", "bridge-1.internal.example", 80],
    ["[::1]:8080", "::1", 8_080],
    ["[::]:0", "::", 0],
    ["[fe80::1%eth0]:80", "fe80::1%eth0", 80],
  ])("reads %s", (text, host, port) => {
    expect(parseHostPort(text)).toEqual({ host, port })
  })

  it.each([
    "",
    "8080",
    ":8080",
    "localhost",
    "localhost:",
    "localhost:65536",
    "localhost:-1",
    "localhost:8080/",
    "http://localhost:8080",
    "::1:8080",
    "[::1]",
    "[localhost]:80",
    "256.0.0.1:80",
    "127.0.0:80",
    "a b:80",
    "-a:80",
    "a..b:80",
    `${"a.".repeat(200)}a:80`,
  ])("refuses %j", (text) => {
    expect(parseHostPort(text)).toBeNull()
  })

  it("is parsed to the value that was formatted", () => {
    const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain())
    fc.assert(
      fc.property(host, fc.nat({ max: 65_535 }), (name, port) => {
        expect(parseHostPort(formatHostPort({ host: name, port }))).toEqual({ host: name, port })
      }),
    )
  })

  it("never throws", () => {
    const text = fc.string({ unit: anyUnit })
    fc.assert(
      fc.property(text, (value) => {
        expect(() => parseHostPort(value)).not.toThrow()
      }),
    )
  })
})
