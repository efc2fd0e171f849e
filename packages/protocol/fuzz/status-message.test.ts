import fc from "fast-check"
import { expect, it } from "vitest"
import { decodeStatusMessage, encodeStatusMessage, normalizeStatusMessage } from "../src/status-message.ts"
import { fuzzRuns } from "./fuzz-runs.ts"

const text = fc.string({ unit: "binary" })
const pieces = fc.constantFrom(
  "%",
  "%2",
  "%25",
  "%e7",
  "%BC",
  "%BA",
  "%F0%9F%98%80",
  "%EF%BF%BD",
  "a",
  " ",
  "\r\n",
  "\u00e7",
)
const value = fc.oneof(text, fc.string({ unit: pieces }), fc.string())

/** Decodes a grpc-message as a strict client does. Null where that client throws: at anything malformed. */
function decodeStrictly(message: string): string | null {
  if (!/^[\x20-\x7e]*$/.test(message)) return null
  try {
    return decodeURIComponent(message)
  } catch {
    return null
  }
}

it("encodes any text so that a strict client decodes it", () => {
  const property = fc.property(text, (message) => {
    const encoded = encodeStatusMessage(message)
    expect(decodeStrictly(encoded)).toBe(message.toWellFormed())
    expect(decodeStatusMessage(encoded)).toBe(message.toWellFormed())
  })
  fc.assert(property, fuzzRuns)
})

it("normalizes any value into one that a strict client decodes, and that means the same", () => {
  const property = fc.property(value, (message) => {
    const normalized = normalizeStatusMessage(message)
    expect(decodeStrictly(normalized)).toBe(decodeStatusMessage(message))
    expect(normalizeStatusMessage(normalized)).toBe(normalized)
  })
  fc.assert(property, fuzzRuns)
})

it("agrees with a strict client on what it can decode, and leaves that alone", () => {
  const property = fc.property(value, (message) => {
    const decoded = decodeStrictly(message)
    expect(decoded && decodeStatusMessage(message)).toBe(decoded)
    // An encoded U+FFFD may come out with hex digits in another case; nobody can tell the difference.
    const isRight = decoded !== null && !decoded.includes("\uFFFD")
    expect(isRight ? normalizeStatusMessage(message) : message).toBe(message)
  })
  fc.assert(property, fuzzRuns)
})
