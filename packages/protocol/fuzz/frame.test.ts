import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { encodeFrame, FrameDecoder } from "../src/frame.ts"
import type { Frame, FrameViolation } from "../src/frame.ts"
import { FrameScanner } from "../src/frame-scanner.ts"
import { concat, cutAt } from "./chunks.ts"
import { fuzzRuns } from "./fuzz-runs.ts"

const maxMessageBytes = 40
const maxTrailerBytes = 20

/** Bytes that are mostly valid frames, so that the decoders get past the first header. */
const frame = fc
  .tuple(fc.constantFrom(0, 0, 0, 1, 0x80, 0x81, 2), fc.uint8Array({ maxLength: 45 }))
  .map(([flags, payload]) => encodeFrame(flags, payload))
const stream = fc.array(fc.oneof({ weight: 9, arbitrary: frame }, fc.uint8Array({ maxLength: 9 }))).map(concat)
const cuts = fc.array(fc.nat())

interface Reference {
  frames: Frame[]
  ends: number[]
  violation: FrameViolation | null
  /** The bytes after the last frame. */
  rest: Uint8Array
}

/**
 * The reference reader: it reads all bytes at once. For a header that is cut, `judge` receives the flags and a length
 * of 0.
 */
function readAll(bytes: Uint8Array, judge: (flags: number, length: number) => FrameViolation | null): Reference {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const frames: Frame[] = []
  const ends: number[] = []
  let at = 0
  let violation: FrameViolation | null = null
  while (at + 5 <= bytes.length) {
    const flags = view.getUint8(at)
    const length = view.getUint32(at + 1)
    violation = judge(flags, length)
    if (violation !== null || at + 5 + length > bytes.length) break
    frames.push({ flags, payload: bytes.slice(at + 5, at + 5 + length) })
    ends.push((at += 5 + length))
  }
  const rest = bytes.slice(at)
  if (rest.length > 0 && rest.length < 5) violation = judge(rest[0], 0)
  return { frames, ends, violation, rest }
}

describe("FrameDecoder", () => {
  it("gives the same frames as the reference reader, for any bytes in any chunks", () => {
    const property = fc.property(stream, cuts, (bytes, offsets) => {
      const decoder = new FrameDecoder({ maxMessageBytes, maxTrailerBytes })
      const frames: Frame[] = []
      let violation: FrameViolation | null = null
      for (const chunk of cutAt(bytes, offsets)) violation = decoder.push(chunk, (one) => frames.push(one))
      const reference = readAll(bytes, (flags, declaredBytes) => {
        const maxBytes = flags >= 0x80 ? maxTrailerBytes : maxMessageBytes
        return declaredBytes > maxBytes ? { kind: "too-large", flags, declaredBytes, maxBytes } : null
      })
      expect(frames).toEqual(reference.frames)
      expect(violation).toEqual(reference.violation)
      expect(decoder.isAtBoundary).toBe(reference.rest.length === 0)
      expect(decoder.bufferedBytes).toBe(violation === null ? reference.rest.length : 5)
    })
    fc.assert(property, fuzzRuns)
  })

  it("gives the same frames when the memory of chunks that it has read is used again", () => {
    const property = fc.property(stream, cuts, fc.integer({ min: 1, max: 30 }), (bytes, offsets, chunkBytes) => {
      const plain = new FrameDecoder({ maxMessageBytes, maxTrailerBytes })
      const passing = new FrameDecoder({ maxMessageBytes, maxTrailerBytes })
      const frames: Record<"plain" | "passing", Frame[]> = { plain: [], passing: [] }
      for (const chunk of cutAt(bytes, offsets)) {
        const violation = plain.push(chunk, (one) => frames.plain.push(one))
        expect(pushPassing(passing, chunk, chunkBytes, (one) => frames.passing.push(one))).toEqual(violation)
        expect(passing.bufferedBytes).toBe(plain.bufferedBytes)
      }
      expect(frames.passing).toEqual(frames.plain)
    })
    fc.assert(property, fuzzRuns)
  })
})

/**
 * Pushes a chunk in pieces. Pieces that the decoder will not keep are overwritten after the push; then the rest
 * follows.
 */
function pushPassing(decoder: FrameDecoder, chunk: Uint8Array, chunkBytes: number, onFrame: (frame: Frame) => void) {
  let rest = chunk
  for (;;) {
    const spareBytes = decoder.spareBytes(chunkBytes)
    const piece = rest.slice(0, spareBytes === 0 ? rest.length : Math.min(spareBytes, chunkBytes))
    rest = rest.subarray(piece.length)
    const violation = decoder.push(piece, onFrame)
    if (spareBytes > 0) structuredClone(piece.buffer, { transfer: [piece.buffer] })
    if (rest.length === 0 || violation !== null) return violation
  }
}

describe("FrameScanner", () => {
  it("agrees with the reference reader after every chunk", () => {
    const property = fc.property(stream, cuts, fc.boolean(), (bytes, offsets, allowsCompressed) => {
      const scanner = new FrameScanner(maxMessageBytes, allowsCompressed)
      let seen = 0
      for (const chunk of cutAt(bytes, offsets)) {
        const start = seen
        seen += chunk.length
        const { frames, ends, violation, rest } = readAll(bytes.subarray(0, seen), (flags, declaredBytes) => {
          if (flags > 1) return { kind: "bad-flags", flags }
          if (flags === 1 && !allowsCompressed) return { kind: "unexpected-compression", flags }
          return declaredBytes > maxMessageBytes
            ? { kind: "too-large", flags, declaredBytes, maxBytes: maxMessageBytes }
            : null
        })
        expect(scanner.scan(chunk)).toEqual(violation)
        expect(scanner.messages).toBe(frames.length)
        expect(scanner.boundary).toBe(Math.max(0, (ends.at(-1) ?? 0) - start))
        expect(scanner.isAtBoundary).toBe(rest.length === 0)
        const isOpen = rest.length >= 5 && violation === null
        expect(scanner.openMessageBytes).toBe(isOpen ? 5 + new DataView(rest.buffer).getUint32(1) : 0)
      }
    })
    fc.assert(property, fuzzRuns)
  })
})
