import { describe, expect, it } from "vitest"
import { formatTimeout, parseTimeout } from "./timeout.ts"

describe("parseTimeout", () => {
  it.each([
    ["1n", 1e-6],
    ["1500u", 1.5],
    ["200m", 200],
    ["10S", 10_000],
    ["2M", 120_000],
    ["1H", 3_600_000],
    ["0n", 0],
    ["00000001m", 1],
    ["99999999H", 359_999_996_400_000],
  ])("reads %s in milliseconds", (value, ms) => {
    expect(parseTimeout(value)).toBe(ms)
  })

  it.each([
    "",
    "m",
    "1",
    "10s",
    "1h",
    "1N",
    "1U",
    "123456789m",
    "-1S",
    "+1S",
    "1.5m",
    "1e+21m",
    " 1m",
    "1m ",
    "1m\n",
    "1mm",
    "٣m",
  ])("refuses %j", (value) => {
    expect(parseTimeout(value)).toBeNull()
  })
})

describe("formatTimeout", () => {
  it.each([
    [0.0015, "1500n"],
    [99.999999, "99999999n"],
    [100, "100000u"],
    [200, "200000u"],
    [99_999.999, "99999999u"],
    [100_000, "100000m"],
    [1e9, "1000000S"],
    [99_999_999_000, "99999999S"],
    [100_000_000_000, "1666666M"],
    [5_999_999_940_000, "99999999M"],
    [6_000_000_000_000, "1666666H"],
    [359_999_996_400_000, "99999999H"],
  ])("writes %d ms in the finest unit that holds it in eight digits", (ms, value) => {
    expect(formatTimeout(ms)).toBe(value)
  })

  it("is never longer than asked, even where the floating-point product is rounded up", () => {
    expect(44.794776999999996 * 1e6).toBe(44_794_777)
    expect(formatTimeout(44.794776999999996)).toBe("44794776n")
    expect(formatTimeout(941.0889999999999)).toBe("941088u")
  })

  it("writes the longest time of the format for anything longer", () => {
    for (const ms of [4e14, 1e300, Infinity]) expect(formatTimeout(ms)).toBe("99999999H")
  })

  it("writes 0n when no time is left", () => {
    for (const ms of [0, -0, -1, -Infinity, NaN]) expect(formatTimeout(ms)).toBe("0n")
  })

  it("writes at least one nanosecond while any time is left", () => {
    for (const ms of [1e-6, 9e-7, Number.MIN_VALUE]) expect(formatTimeout(ms)).toBe("1n")
  })
})
