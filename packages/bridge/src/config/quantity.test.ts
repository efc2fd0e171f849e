import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { formatDuration, formatSize, parseDuration, parseSize } from "./quantity.ts"

/** Any UTF-16 code unit, including lone surrogates. */
const anyUnit = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit))

describe("a duration", () => {
  it.each([
    ["0ms", 0],
    ["500ms", 500],
    ["30s", 30_000],
    ["5m", 300_000],
    ["1h", 3_600_000],
    ["007s", 7_000],
  ])("%s is %d ms", (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it.each([
    "",
    "30",
    "s",
    "1.5s",
    "-1s",
    "+1s",
    "1 s",
    " 1s",
    "1s ",
    "1S",
    "1d",
    "1e3s",
    "0x1s",
    "99999999999999h",
    "１s",
  ])("refuses %j", (text) => {
    expect(parseDuration(text)).toBeNull()
  })

  it("is parsed to the value that was formatted", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms)
      }),
    )
  })

  it("is written in the largest unit that divides it", () => {
    expect([0, 1, 1_500, 65_000, 300_000, 7_200_000].map(formatDuration)).toEqual([
      "0ms",
      "1ms",
      "1500ms",
      "65s",
      "5m",
      "2h",
    ])
  })
})

describe("a size", () => {
  it.each([
    ["0", 0],
    ["4096", 4_096],
    ["64KiB", 65_536],
    ["4MiB", 4_194_304],
    ["2GiB", 2_147_483_648],
  ])("%s is %d bytes", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes)
  })

  it.each(["", "4MB", "4M", "4mib", "4 MiB", "1.5MiB", "-1", "9999999999999GiB"])("refuses %j", (text) => {
    expect(parseSize(text)).toBeNull()
  })

  it("is parsed to the value that was formatted", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (bytes) => {
        expect(parseSize(formatSize(bytes))).toBe(bytes)
      }),
    )
  })
})

it("the parsers never throw, and return only safe integers, whatever the text is", () => {
  const text = fc.oneof(fc.string({ unit: anyUnit }), fc.stringMatching(/^\d+(ms|s|m|h|KiB|MiB|GiB|)$/))
  fc.assert(
    fc.property(text, (value) => {
      for (const parsed of [parseDuration(value), parseSize(value)]) {
        expect(parsed === null || (Number.isSafeInteger(parsed) && parsed >= 0)).toBe(true)
      }
    }),
  )
})
