import fc from "fast-check"
import { expect, it } from "vitest"
import { isSafeValue, MetadataList } from "../src/metadata.ts"
import type { Metadata } from "../src/metadata.ts"
import { encodeTrailerBlock, encodeTrailerFrame, parseTrailerBlock } from "../src/trailer-block.ts"
import { latin1 } from "./chunks.ts"
import { fuzzRuns } from "./fuzz-runs.ts"

const name = fc.stringMatching(/^[0-9a-z_.-]+$/)
const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code))
const value = fc.string({ unit: byte }).filter((text) => isSafeValue(text) && !/^[ \t]|[ \t]$/.test(text))

function entriesOf(metadata: Metadata | null): unknown {
  return metadata && [...metadata]
}

it("reads back the entries that were written, in order", () => {
  const property = fc.property(fc.array(fc.tuple(name, value)), (entries) => {
    const metadata = new MetadataList(entries.flat())
    expect(entriesOf(parseTrailerBlock(encodeTrailerBlock(metadata)))).toEqual(entries)
    expect(encodeTrailerFrame(metadata).subarray(5)).toEqual(encodeTrailerBlock(metadata))
  })
  fc.assert(property, fuzzRuns)
})

it("reads any bytes without throwing, and only into entries that can be sent again", () => {
  const pieces = fc.constantFrom("grpc-status", "X", ":", " ", "\t", "\r\n", "\n", "\r", "\0", "é", "0", "a:b\r\n")
  const bytes = fc.oneof(fc.uint8Array(), fc.string({ unit: pieces }).map(latin1))
  const property = fc.property(bytes, (block) => {
    const parsed = parseTrailerBlock(block)
    const again = parsed && parseTrailerBlock(encodeTrailerBlock(parsed))
    expect(entriesOf(again)).toEqual(entriesOf(parsed))
  })
  fc.assert(property, fuzzRuns)
})
