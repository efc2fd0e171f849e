import fc from "fast-check"
import { expect, it } from "vitest"
import { Base64Decoder, encodeBase64 } from "../src/base64.ts"
import { concat, cutAt, latin1 } from "./chunks.ts"
import { fuzzRuns } from "./fuzz-runs.ts"

const cuts = fc.array(fc.nat())

function decode(chunks: readonly Uint8Array[]): Uint8Array | null {
  const decoder = new Base64Decoder()
  const parts = chunks.map((chunk) => decoder.push(chunk))
  parts.push(decoder.end())
  return parts.includes(null) ? null : concat(parts.filter((part) => part !== null))
}

/** A reference decoder: a regular expression finds the segments, and Node decodes each of them. */
function reference(text: string): Uint8Array | null {
  const char = "[A-Za-z0-9+/]"
  const row = new RegExp(`^(?:${char}{4}|${char}{3}=|${char}{2}==)*(?:${char}{2}=?|${char}{3})?$`)
  if (!row.test(text)) return null
  return concat(Array.from(text.matchAll(/[^=]+=*/g), ([segment]) => Buffer.from(segment, "base64")))
}

it("decodes a sequence of segments, each padded or whole, in any chunks", () => {
  const property = fc.property(fc.array(fc.uint8Array()), cuts, (segments, offsets) => {
    expect(decode(cutAt(concat(segments.map(encodeBase64)), offsets))).toEqual(concat(segments))
  })
  fc.assert(property, fuzzRuns)
})

it("accepts exactly the texts that are sequences of segments, and decodes them as Node does", () => {
  const text = fc.string({ unit: fc.constantFrom("A", "b", "/", "9", "=", "="), maxLength: 20 })
  const property = fc.property(text, cuts, (characters, offsets) => {
    expect(decode(cutAt(latin1(characters), offsets))).toEqual(reference(characters))
  })
  fc.assert(property, fuzzRuns)
})

it("never throws, and gives the same verdict however the bytes are cut", () => {
  const property = fc.property(fc.uint8Array(), cuts, (bytes, offsets) => {
    expect(decode(cutAt(bytes, offsets))).toEqual(decode([bytes]))
  })
  fc.assert(property, fuzzRuns)
})
