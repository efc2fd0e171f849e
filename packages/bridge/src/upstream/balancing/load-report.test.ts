import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decodeLoadReport, parseLoadReport } from "./load-report.ts"

/** A field of wire type 1. */
function double(field: number, value: number): number[] {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return [(field << 3) | 1, ...bytes]
}

/** A map entry as a nested message. */
const entry = (field: number, key: string, value: number): number[] => {
  const inner = [0x0a, key.length, ...Buffer.from(key), ...double(2, value)]
  return [(field << 3) | 2, inner.length, ...inner]
}

const full = [
  ...double(1, 0.5),
  ...double(2, 0.25),
  ...[0x18, 0xac, 0x02], // rps 300
  ...entry(4, "rows", 17),
  ...entry(5, "gpu", 0.75),
  ...double(6, 299.5),
  ...double(7, 1.5),
  ...entry(8, "queue", 3),
  ...double(9, 0.8),
]

describe("an ORCA load report", () => {
  it("gives the numbers that balancing uses", () => {
    expect(decodeLoadReport(Uint8Array.from(full))).toEqual({
      cpuUtilization: 0.5,
      applicationUtilization: 0.8,
      qps: 299.5,
      eps: 1.5,
    })
  })

  it("takes the old whole number of calls per second if the new field is missing", () => {
    expect(decodeLoadReport(Uint8Array.of(0x18, 0xac, 0x02))?.qps).toBe(300)
  })

  it("takes unset fields for 0, and numbers that make no sense too", () => {
    const zeros = { cpuUtilization: 0, applicationUtilization: 0, qps: 0, eps: 0 }
    expect(decodeLoadReport(new Uint8Array())).toEqual(zeros)
    for (const value of [-1, NaN, Infinity]) {
      const report = [...double(1, value), ...double(6, value), ...double(7, value), ...double(9, value)]
      expect(decodeLoadReport(Uint8Array.from(report))).toEqual(zeros)
    }
  })

  it("is read from base64 with and without padding, and from no other text", () => {
    const text = Buffer.from(full).toString("base64")
    const report = decodeLoadReport(Uint8Array.from(full))
    expect(parseLoadReport(text)).toEqual(report)
    expect(parseLoadReport(text.replace(/=+$/, ""))).toEqual(report)
    for (const wrong of [`${text},${text}`, "a b", "ä", "===", text.replaceAll("A", "-")])
      expect(parseLoadReport(wrong)).toBeNull()
  })

  it.each([
    ["a field that ends early", [0x09, 1, 2, 3]],
    ["a length beyond the end", [0x22, 5, 1]],
    ["a varint without an end", [0x18, ...Array<number>(11).fill(0x80)]],
    ["a group", [0x0b]],
    ["field number 0", [0x01, 0, 0, 0, 0, 0, 0, 0, 0]],
    ["a key that ends early", [0x80]],
  ])("is none with %s", (_words, bytes) => {
    expect(decodeLoadReport(Uint8Array.from(bytes))).toBeNull()
  })

  it("never throws, whatever the bytes and texts are, and has only usable numbers", () => {
    const isUsable = (report: ReturnType<typeof decodeLoadReport>): boolean =>
      report === null || Object.values(report).every((value) => Number.isFinite(value) && value >= 0)
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => isUsable(decodeLoadReport(bytes))))
    fc.assert(fc.property(fc.string(), (text) => isUsable(parseLoadReport(text))))
    const damaged = fc.tuple(fc.nat(full.length - 1), fc.nat(255), fc.nat(full.length))
    fc.assert(
      fc.property(damaged, ([at, byte, end]) =>
        isUsable(decodeLoadReport(Uint8Array.from(full).with(at, byte).subarray(0, end))),
      ),
    )
  })
})
