import { describe, expect, it, onTestFinished } from "vitest"
import { bytesOf, concat, everySplit, singleBytes } from "../fuzz/chunks.ts"
import { encodeFrame, flagTrailer, FrameDecoder, readFrameLength, writeFrameHeader } from "./frame.ts"
import type { Frame, FrameDecoderOptions, FrameViolation } from "./frame.ts"

const limits: FrameDecoderOptions = { maxMessageBytes: 100, maxTrailerBytes: 10 }

function noFrame(): never {
  return expect.fail("no frame is complete")
}

interface Outcome {
  frames: Frame[]
  violation: FrameViolation | null
  isAtBoundary: boolean
  bufferedBytes: number
}

function decode(chunks: readonly Uint8Array[], options: FrameDecoderOptions = limits): Outcome {
  const decoder = new FrameDecoder(options)
  const frames: Frame[] = []
  let violation: FrameViolation | null = null
  for (const chunk of chunks) violation = decoder.push(chunk, (frame) => frames.push(frame))
  return { frames, violation, isAtBoundary: decoder.isAtBoundary, bufferedBytes: decoder.bufferedBytes }
}

describe("writeFrameHeader", () => {
  it("writes flags and a big-endian length at the offset", () => {
    const target = new Uint8Array(7)
    writeFrameHeader(target, 1, 0x81, 0x01020304)
    expect(target).toEqual(bytesOf(0, 0x81, 1, 2, 3, 4, 0))
  })

  it.each([0x7fffffff, 0x80000000, 0x80000001, 0xffffffff])("writes and reads the length %i as unsigned", (length) => {
    const header = new Uint8Array(5)
    writeFrameHeader(header, 0, 0, length)
    expect(new DataView(header.buffer).getUint32(1)).toBe(length)
    expect(readFrameLength(header, 0)).toBe(length)
  })
})

describe("encodeFrame", () => {
  it("puts five bytes before the payload", () => {
    expect(encodeFrame(1, bytesOf(7, 8))).toEqual(bytesOf(1, 0, 0, 0, 2, 7, 8))
  })

  it("makes a frame of an empty message", () => {
    expect(encodeFrame(0, bytesOf())).toEqual(bytesOf(0, 0, 0, 0, 0))
  })

  it("copies the payload, whatever its size", () => {
    for (const size of [1, 59, 60, 64, 2043, 2044, 10_000]) {
      const payload = new Uint8Array(size).fill(9)
      const frame = encodeFrame(0, payload)
      payload.fill(0)
      expect(frame.subarray(5)).toEqual(new Uint8Array(size).fill(9))
    }
  })
})

describe("FrameDecoder", () => {
  const stream = concat([
    encodeFrame(0, bytesOf(1, 2, 3)),
    encodeFrame(0, bytesOf()),
    encodeFrame(1, bytesOf(4)),
    encodeFrame(0x80, bytesOf(0x61, 0x3a)),
  ])

  it("gives the same frames however the stream is cut", () => {
    for (const chunks of everySplit(stream)) {
      expect(decode(chunks)).toEqual({
        frames: [
          { flags: 0, payload: bytesOf(1, 2, 3) },
          { flags: 0, payload: bytesOf() },
          { flags: 1, payload: bytesOf(4) },
          { flags: 0x80, payload: bytesOf(0x61, 0x3a) },
        ],
        violation: null,
        isAtBoundary: true,
        bufferedBytes: 0,
      })
    }
  })

  it("accepts any flags and leaves the check to the caller", () => {
    for (const flags of [0x02, 0x7f, 0x81, 0xff]) {
      expect(decode([encodeFrame(flags, bytesOf(5))]).frames).toEqual([{ flags, payload: bytesOf(5) }])
    }
  })

  it("knows at every byte whether the stream was cut inside a frame", () => {
    const decoder = new FrameDecoder(limits)
    const seen = singleBytes(stream).map((byte) => {
      decoder.push(byte, () => {})
      return decoder.bufferedBytes
    })
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 6, 0])
    for (const chunks of everySplit(stream).filter((split) => split.length === 2)) {
      const { isAtBoundary, bufferedBytes } = decode(chunks.slice(0, 1))
      expect(isAtBoundary).toBe(bufferedBytes === 0)
    }
  })

  it("gives a payload inside one chunk as a view, and copies a payload that was cut", () => {
    const whole = encodeFrame(0, bytesOf(1, 2, 3))
    expect(decode([whole]).frames[0].payload.buffer).toBe(whole.buffer)
    const cut = decode([whole.subarray(0, 6), whole.subarray(6)]).frames[0].payload
    expect(cut.buffer).not.toBe(whole.buffer)
    expect(cut.buffer.byteLength).toBe(3)
  })

  it.each([101, 0x7fffffff, 0x80000001, 0xffffffff])("refuses a declared length of %i at its last byte", (length) => {
    const header = new Uint8Array(5)
    writeFrameHeader(header, 0, 0, length)
    for (const chunks of everySplit(concat([encodeFrame(0, bytesOf(1)), header]))) {
      expect(decode(chunks)).toEqual({
        frames: [{ flags: 0, payload: bytesOf(1) }],
        violation: { kind: "too-large", flags: 0, declaredBytes: length, maxBytes: 100 },
        isAtBoundary: false,
        bufferedBytes: 5,
      })
    }
  })

  it("accepts payloads exactly as long as their limits", () => {
    const chunks = [encodeFrame(0, new Uint8Array(100)), encodeFrame(flagTrailer, new Uint8Array(10))]
    expect(decode(chunks).frames.map(({ payload }) => payload.length)).toEqual([100, 10])
  })

  it("has a separate limit for trailers, also for compressed trailers", () => {
    for (const flags of [0x80, 0x81]) {
      const { violation } = decode([encodeFrame(flags, new Uint8Array(11))])
      expect(violation).toEqual({ kind: "too-large", flags, declaredBytes: 11, maxBytes: 10 })
    }
    const frame = encodeFrame(flagTrailer, new Uint8Array(65_537))
    expect(decode([frame], { maxMessageBytes: 1e9 }).violation).toMatchObject({ maxBytes: 65_536 })
  })

  it("repeats its violation for every later push", () => {
    const decoder = new FrameDecoder(limits)
    const first = decoder.push(encodeFrame(0, new Uint8Array(101)), noFrame)
    expect(first).not.toBeNull()
    expect(decoder.push(encodeFrame(0, bytesOf(1)), noFrame)).toEqual(first)
    expect(decoder.push(bytesOf(), noFrame)).toEqual(first)
  })

  it("needs memory for the bytes that arrived, not for the bytes that were declared", () => {
    const start = encodeFrame(0, new Uint8Array(4 << 20)).subarray(0, 10)
    const before = process.memoryUsage().arrayBuffers
    const decoders = Array.from({ length: 1000 }, () => new FrameDecoder({ maxMessageBytes: 4 << 20 }))
    for (const decoder of decoders) decoder.push(start, noFrame)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20)
    expect(decoders.every(({ bufferedBytes }) => bufferedBytes === 10)).toBe(true)
  })

  it("keeps no view of a payload that is longer than a chunk, nor of the header after it", () => {
    const decoder = new FrameDecoder({ maxMessageBytes: 1000 })
    const bytes = Buffer.concat([encodeFrame(0, new Uint8Array(101)), encodeFrame(0, bytesOf())])
    const frames: Frame[] = []
    const ahead = [3, 2, 100, 1, 4, 1].map((count, turn, counts) => {
      const from = counts.slice(0, turn).reduce((sum, each) => sum + each, 0)
      const chunk = Uint8Array.from(bytes.subarray(from, from + count))
      const passing = decoder.spareBytes(100)
      decoder.push(chunk, (frame) => frames.push(frame))
      structuredClone(chunk.buffer, { transfer: [chunk.buffer] })
      return passing
    })
    expect(ahead).toEqual([0, 0, 106, 6, 5, 0])
    expect(frames.map(({ payload }) => [payload.length, (payload.buffer as ArrayBuffer).detached])).toEqual([
      [101, false],
      [0, false],
    ])
  })

  it("counts no spare bytes while payloads are no longer than a chunk", () => {
    const decoder = new FrameDecoder({ maxMessageBytes: 1000 })
    decoder.push(encodeFrame(0, new Uint8Array(100)).subarray(0, 15), noFrame)
    expect([decoder.spareBytes(100), decoder.spareBytes(99)]).toEqual([0, 95])
  })

  it("takes 1 MiB byte by byte, and copies each byte twice at most", () => {
    const payload = Uint8Array.from({ length: 1 << 20 }, (_, at) => at * 31)
    const frame = encodeFrame(0, payload)
    let copied = 0
    const { set } = Uint8Array.prototype
    onTestFinished(() => void Reflect.deleteProperty(Uint8Array.prototype, "set")) // the inherited one shows again
    Uint8Array.prototype.set = function (bytes, offset) {
      copied += bytes.length
      set.call(this, bytes, offset)
    }
    const decoder = new FrameDecoder({ maxMessageBytes: 4 << 20 })
    const frames: Frame[] = []
    for (let at = 0; at < frame.length; at++) decoder.push(frame.subarray(at, at + 1), (one) => frames.push(one))
    expect(copied).toBeGreaterThan(payload.length / 2)
    expect(copied).toBeLessThan(2 * payload.length)
    expect(frames).toHaveLength(1)
    expect(Buffer.compare(frames[0].payload, payload)).toBe(0)
  })
})
