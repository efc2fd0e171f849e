import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { chooseReplyWire, formatContentType, parseContentType } from "../src/content-type.ts"
import { decodeBinaryValue, encodeBinaryValue } from "../src/metadata.ts"
import { codeName, parseStatusCode } from "../src/status.ts"
import { formatTimeout, parseTimeout } from "../src/timeout.ts"
import { fuzzRuns } from "./fuzz-runs.ts"

const anyText = fc.string({ unit: "binary" })

describe("grpc-timeout", () => {
  const ms = fc.double({ min: 1e-6, max: 359_999_996_400_000, noNaN: true })

  it("is written in the format, never longer than given, and shorter by less than 11 parts in a million", () => {
    const property = fc.property(
      fc.oneof(ms, fc.integer({ min: 1 }), fc.double({ min: 1e-6, max: 1, noNaN: true })),
      (timeoutMs) => {
        const value = formatTimeout(timeoutMs)
        expect(value).toMatch(/^\d{1,8}[HMSmun]$/)
        const parsed = Number(parseTimeout(value))
        expect(parsed).toBeGreaterThan(0)
        expect(parsed).toBeLessThanOrEqual(timeoutMs)
        expect(timeoutMs - parsed).toBeLessThanOrEqual(Math.max(timeoutMs * 1.1e-5, 1e-6))
      },
    )
    fc.assert(property, fuzzRuns)
  })

  it("is written for any number", () => {
    const property = fc.property(fc.double(), (timeoutMs) => {
      expect(parseTimeout(formatTimeout(timeoutMs))).not.toBeNull()
    })
    fc.assert(property, fuzzRuns)
  })

  it("is read from exactly what the format allows, and written back to the same time", () => {
    const nearly = fc.stringMatching(/^[-+]?\d{0,10}[.]?[HMSmunsh]{0,2}$/)
    const property = fc.property(fc.oneof(anyText, nearly, fc.stringMatching(/^\d{1,8}[HMSmun]$/)), (value) => {
      const parsed = parseTimeout(value)
      expect(parsed !== null).toBe(/^\d{1,8}[HMSmun]$/.test(value))
      const again = parsed === null ? null : parseTimeout(formatTimeout(parsed))
      expect(Number(again)).toBeLessThanOrEqual(Number(parsed))
    })
    fc.assert(property, fuzzRuns)
  })
})

describe("-bin values", () => {
  it("come back as the byte strings that were joined, padded or not", () => {
    const property = fc.property(fc.array(fc.uint8Array(), { minLength: 1 }), fc.boolean(), (items, isPadded) => {
      const encode = (item: Uint8Array) => (isPadded ? Buffer.from(item).toString("base64") : encodeBinaryValue(item))
      const decoded = decodeBinaryValue(items.map(encode).join(isPadded ? ", " : ","))
      expect(decoded).toEqual(items)
    })
    fc.assert(property, fuzzRuns)
  })

  it("are read as Node reads them, and never throw", () => {
    const nearly = fc.string({ unit: fc.constantFrom("A", "b", "/", "=", ",", " "), maxLength: 12 })
    const property = fc.property(fc.oneof(anyText, nearly), (value) => {
      const items = value.split(",").map((item) => item.replace(/^[ \t]*/, "").replace(/[ \t]*$/, ""))
      const isBase64 = items.every((item) => /^(?:[\w+/]{4})*(?:[\w+/]{2}={0,2}|[\w+/]{3}=?)?$/.test(item))
      const expected = items.map((item) => Uint8Array.from(Buffer.from(item, "base64")))
      expect(decodeBinaryValue(value)).toEqual(isBase64 && !value.includes("_") ? expected : null)
    })
    fc.assert(property, fuzzRuns)
  })
})

describe("content types", () => {
  it("are read without throwing, and written back to the same meaning", () => {
    const nearly = fc.stringMatching(/^application\/grpc(-web)?(-text)?(\+[a-zA-Z.-]{0,5})?( ?;.{0,5})?$/)
    const property = fc.property(fc.oneof(anyText, nearly), (value) => {
      const type = parseContentType(value)
      expect(type && parseContentType(formatContentType(type))).toEqual(type)
    })
    fc.assert(property, fuzzRuns)
  })

  const request = fc.constantFrom("grpc-web", "grpc-web-text")

  it("are chosen without throwing for any Accept", () => {
    const item = fc.constantFrom(
      "application/grpc-web",
      "application/grpc-web-text",
      "*/*",
      ";q=0",
      ";q=1.",
      ",",
      ";",
      "q=",
    )
    const property = fc.property(fc.string({ unit: item }), request, (accept, wire) => {
      expect(["grpc-web", "grpc-web-text"]).toContain(chooseReplyWire(accept, wire))
    })
    fc.assert(property, fuzzRuns)
  })

  it("mirror the request for any Accept that names neither", () => {
    const property = fc.property(anyText, request, (accept, wire) => {
      expect(chooseReplyWire(accept.replaceAll(/grpc/gi, ""), wire)).toBe(wire)
    })
    fc.assert(property, fuzzRuns)
  })
})

describe("grpc-status", () => {
  it("is read from any text without throwing, and never beyond 32 bits", () => {
    const property = fc.property(fc.oneof(anyText, fc.stringMatching(/^\d{0,12}$/)), (value) => {
      const isCode = /^\d{1,10}$/.test(value) && Number(value) < 2 ** 31
      expect(parseStatusCode(value)).toBe(isCode ? Number(value) : null)
    })
    fc.assert(property, fuzzRuns)
  })

  it("has a name whatever number it is", () => {
    const property = fc.property(fc.integer(), (code) => {
      expect(codeName(code)).toMatch(/^[A-Z_]+(-?\d+)?$/)
    })
    fc.assert(property, fuzzRuns)
  })
})
