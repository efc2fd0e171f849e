import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  encodeSettings,
  FieldBlockCache,
  FieldBlockDecoder,
  FieldBlockEncoder,
  writeH2FrameHeader,
} from "../src/http2/index.ts"
import { concat, cutAt, latin1 } from "./chunks.ts"
import { fuzzRuns } from "./fuzz-runs.ts"
import { readFrames } from "./h2-events.ts"

const names = [":path", ":authority", "te", "authorization", "x-id", "content-type", "user-agent", "set-cookie"]
const value = fc.oneof(
  fc.constantFrom("", "a", "trailers", "application/grpc"),
  fc.string({ unit: fc.integer({ min: 0x21, max: 0xff }).map((code) => String.fromCharCode(code)), maxLength: 600 }),
)
const fields = fc
  .array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 12 })
  .map((pairs) => pairs.flat())
  .filter((flat) => !flat.some((text) => text.includes("\x7f")))
const limits = { maxTableBytes: 4096, maxBlockBytes: 65_536, maxFields: 1_000 }

describe("HPACK", () => {
  it("decodes what it has encoded, block after block, whatever sizes the table is given meanwhile", () => {
    const step = fc.tuple(fields, fc.option(fc.integer({ min: 0, max: 6_000 })))
    const property = fc.property(fc.array(step), (steps) => {
      const encoder = new FieldBlockEncoder([
        ":path",
        ":authority",
        "te",
        "content-type",
        "user-agent",
        "authorization",
      ])
      const cache = new FieldBlockCache(new FieldBlockDecoder(limits))
      for (const [flat, tableBytes] of steps) {
        if (tableBytes !== null) encoder.limitTable(tableBytes)
        const out = new Uint8Array(encoder.maxBytes(flat))
        const block = cache.decode(out, 0, encoder.encode(flat, out, 0))
        expect(block).toEqual({ fields: flat, bytes: flat.join("").length, count: flat.length / 2, problem: null })
      }
    })
    fc.assert(property, fuzzRuns)
  })

  it("gives the same blocks with the cache as without", () => {
    const byte = fc.constantFrom(0x82, 0x88, 0xbe, 0xbf, 0x00, 0x01, 0x40, 0x61, 0x41, 0x20, 0x3f)
    const blocks = fc.array(fc.array(byte, { minLength: 1, maxLength: 6 }).map((bytes) => Uint8Array.from(bytes)))
    const property = fc.property(blocks, (all) => {
      const cache = new FieldBlockCache(new FieldBlockDecoder(limits))
      const plain = new FieldBlockDecoder(limits)
      for (const block of all) {
        const decoded = plain.decode(block, 0, block.length)
        expect(cache.decode(block, 0, block.length)).toEqual(decoded)
        if (decoded === null) return
      }
    })
    fc.assert(property, fuzzRuns)
  })
})

const frameBytes = fc
  .tuple(
    fc.constantFrom(0, 0, 0, 1, 1, 2, 3, 4, 6, 7, 8, 9, 9, 20),
    fc.constantFrom(0, 1, 4, 5, 8, 12, 0x28),
    fc.constantFrom(0, 1, 1, 3),
    fc.oneof(fc.uint8Array({ maxLength: 30 }), fc.constantFrom(latin1("\0\0\0\x01"), new Uint8Array(8))),
  )
  .map(([type, flags, streamId, payload]) => {
    const out = new Uint8Array(9 + payload.length)
    out.set(payload, writeH2FrameHeader(out, 0, payload.length, type, flags, streamId))
    return out
  })

describe("FrameReader", () => {
  it("reads the same frames, whole or cut anywhere, and keeps nothing of a chunk", () => {
    const all = fc.array(fc.oneof({ weight: 9, arbitrary: frameBytes }, fc.uint8Array({ maxLength: 9 })))
    const property = fc.property(all, fc.array(fc.nat()), (frames, offsets) => {
      const bytes = concat([encodeSettings([]), ...frames])
      const frameLimits = { maxFrameBytes: 25, maxFieldBlockBytes: 40, maxContinuations: 2 }
      expect(readFrames(cutAt(bytes, offsets), frameLimits)).toEqual(readFrames([bytes], frameLimits))
    })
    fc.assert(property, fuzzRuns)
  })
})
