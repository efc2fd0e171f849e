import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { encodeFrame, FrameDecoder } from "../src/frame.ts"
import type { Frame, FrameViolation } from "../src/frame.ts"
import { FrameScanner } from "../src/frame-scanner.ts"
import { concat, cutAt } from "./chunks.ts"
import { fuzzRuns } from "./fuzz-runs.ts"

const maxMessageBytes = 40
const maxTrailerBytes = 20

/** Bytes that are mostly frames, so that decoders get beyond the first header. */
const frame = fc
  .tuple(fc.constantFrom(0, 0, 0, 1, 0x80, 0x81, 2), fc.uint8Array({ maxLength: 45 }))
  .map(([flags, payload]) => encodeFrame(flags, payload))
const stream = fc.array(fc.oneof({ weight: 9, arbitrary: frame }, fc.uint8Array({ maxLength: 9 }))).map(concat)
const cuts = fc.array(fc.nat())

interface Reference {
  frames: Frame[]
  ends: number[]
  violation: FrameViolation | null
  /** What is left after the last frame. */
  rest: Uint8Array
}

/** Reads all bytes at once, in the plainest way. Of a header that is cut, `judge` sees the flags and a length of 0. */
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
  it("gives what the plainest reader gives, for any bytes in any chunks", () => {
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

  it("gives the same when what is missing is written into the space that it lends", () => {
    const property = fc.property(stream, cuts, fc.integer({ min: 1, max: 30 }), (bytes, offsets, roomBytes) => {
      const pushed = new FrameDecoder({ maxMessageBytes, maxTrailerBytes })
      const lending = new FrameDecoder({ maxMessageBytes, maxTrailerBytes })
      const frames: Record<"pushed" | "lending", Frame[]> = { pushed: [], lending: [] }
      for (const chunk of cutAt(bytes, offsets)) {
        const violation = pushed.push(chunk, (one) => frames.pushed.push(one))
        const left = fillSpaces(lending, chunk, roomBytes, (one) => frames.lending.push(one))
        expect(lending.push(left, (one) => frames.lending.push(one))).toEqual(violation)
        expect(lending.bufferedBytes).toBe(pushed.bufferedBytes)
      }
      expect(frames.lending).toEqual(frames.pushed)
    })
    fc.assert(property, fuzzRuns)
  })
})

/** Writes as much of a chunk into lent space as fits, through buffers that move as those of a BYOB read do; gives the rest. */
function fillSpaces(decoder: FrameDecoder, chunk: Uint8Array, roomBytes: number, onFrame: (frame: Frame) => void) {
  let rest = chunk
  for (;;) {
    const space = decoder.lendSpace(10, roomBytes)
    if (space === null || rest.length === 0) return rest
    const { byteOffset } = space
    const moved = new Uint8Array(structuredClone(space.buffer, { transfer: [space.buffer] }))
    const count = Math.min(rest.length, moved.length - byteOffset)
    moved.set(rest.subarray(0, count), byteOffset)
    decoder.pushFilled(moved.subarray(byteOffset, byteOffset + count), onFrame)
    rest = rest.subarray(count)
  }
}

describe("FrameScanner", () => {
  it("agrees with the plainest reader after every chunk", () => {
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
