import { describe, expect, it } from "vitest"
import { bytesOf, concat, everySplit, singleBytes } from "../fuzz/chunks.ts"
import { encodeFrame, writeFrameHeader } from "./frame.ts"
import { FrameScanner } from "./frame-scanner.ts"

const stream = concat([encodeFrame(0, bytesOf(1, 2, 3)), encodeFrame(0, bytesOf()), encodeFrame(0, bytesOf(4))])
const messageEnds = [8, 13, 19]

function header(flags: number, length: number): Uint8Array {
  const bytes = new Uint8Array(5)
  writeFrameHeader(bytes, 0, flags, length)
  return bytes
}

describe("FrameScanner", () => {
  it("counts the messages and ends at a boundary however the stream is cut", () => {
    for (const chunks of everySplit(stream)) {
      const scanner = new FrameScanner(100, false)
      for (const chunk of chunks) expect(scanner.scan(chunk)).toBeNull()
      expect(scanner.messages).toBe(3)
      expect(scanner.isAtBoundary).toBe(true)
      expect(scanner.openMessageBytes).toBe(0)
    }
  })

  it("tells where in the last chunk its last complete message ends", () => {
    for (let cut = 0; cut <= stream.length; cut++) {
      const scanner = new FrameScanner(100, false)
      scanner.scan(stream.subarray(0, cut))
      const before = messageEnds.filter((end) => end <= cut)
      expect(scanner.boundary).toBe(before.at(-1) ?? 0)
      expect(scanner.messages).toBe(before.length)
      expect(scanner.isAtBoundary).toBe(cut === 0 || messageEnds.includes(cut))
      scanner.scan(stream.subarray(cut))
      expect(scanner.boundary).toBe(stream.length - cut)
    }
  })

  it("has no boundary in a chunk in which no message ends", () => {
    const scanner = new FrameScanner(100, false)
    scanner.scan(stream.subarray(0, 15))
    expect(scanner.boundary).toBe(13)
    scanner.scan(stream.subarray(15, 18))
    expect(scanner.boundary).toBe(0)
    scanner.scan(bytesOf())
    expect(scanner.boundary).toBe(0)
  })

  it("knows the size of an open message once its header is complete", () => {
    const scanner = new FrameScanner(100, false)
    const sizes = singleBytes(stream).map((byte) => {
      scanner.scan(byte)
      return scanner.openMessageBytes
    })
    expect(sizes).toEqual([0, 0, 0, 0, 8, 8, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0])
  })

  it("knows how much of an open message has come", () => {
    const scanner = new FrameScanner(100, false)
    const received = singleBytes(stream).map((byte) => {
      scanner.scan(byte)
      return scanner.openMessageReceivedBytes
    })
    expect(received).toEqual([1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5, 0])
  })

  it("accepts compressed messages only if an encoding was announced", () => {
    const frame = encodeFrame(1, bytesOf(9))
    for (const chunks of everySplit(frame)) {
      const allowing = new FrameScanner(100, true)
      for (const chunk of chunks) expect(allowing.scan(chunk)).toBeNull()
      expect(allowing.messages).toBe(1)
      const strict = new FrameScanner(100, false)
      const verdicts = chunks.map((chunk) => strict.scan(chunk))
      expect(verdicts.at(-1)).toEqual({ kind: "unexpected-compression", flags: 1 })
    }
  })

  it.each([0x02, 0x03, 0x40, 0x7f, 0x80, 0x81, 0xff])("refuses the flags %i as soon as their byte arrives", (flags) => {
    for (const allowsCompressed of [true, false]) {
      const scanner = new FrameScanner(100, allowsCompressed)
      expect(scanner.scan(concat([encodeFrame(0, bytesOf(1)), bytesOf(flags)]))).toEqual({ kind: "bad-flags", flags })
      expect(scanner.boundary).toBe(6)
      expect(scanner.isAtBoundary).toBe(false)
    }
  })

  it.each([
    [0, 101],
    [1, 101],
    [0, 0x7fffffff],
    [1, 0x80000000],
    [0, 0x80000001],
    [0, 0xffffffff],
  ])("refuses, with the flags %i, a declared length of %i", (flags, length) => {
    for (const chunks of everySplit(concat([encodeFrame(0, bytesOf(1)), header(flags, length)]))) {
      const scanner = new FrameScanner(100, true)
      const verdicts = chunks.map((chunk) => scanner.scan(chunk))
      expect(verdicts.at(-1)).toEqual({ kind: "too-large", flags, declaredBytes: length, maxBytes: 100 })
      expect(scanner.messages).toBe(1)
      expect(scanner.isAtBoundary).toBe(false)
      expect(scanner.openMessageBytes).toBe(0)
    }
  })

  it("reports the flags when flags and length are both wrong", () => {
    for (const chunks of everySplit(header(0x80, 0xffffffff))) {
      const scanner = new FrameScanner(100, false)
      const verdicts = chunks.map((chunk) => scanner.scan(chunk))
      expect(verdicts.at(-1)).toEqual({ kind: "bad-flags", flags: 0x80 })
    }
  })

  it("accepts a message exactly as long as the limit", () => {
    const scanner = new FrameScanner(100, false)
    expect(scanner.scan(encodeFrame(0, new Uint8Array(100)))).toBeNull()
    expect(scanner.messages).toBe(1)
  })

  it("repeats its violation for every later chunk, without a boundary", () => {
    const scanner = new FrameScanner(100, false)
    const first = scanner.scan(concat([encodeFrame(0, bytesOf()), bytesOf(2)]))
    expect(scanner.boundary).toBe(5)
    expect(scanner.scan(encodeFrame(0, bytesOf(1)))).toBe(first)
    expect(scanner.boundary).toBe(0)
    expect(scanner.messages).toBe(1)
  })

  it("accepts lengths of 2^31 and more if the limit allows them", () => {
    const scanner = new FrameScanner(0xffffffff, false)
    expect(scanner.scan(header(0, 0x80000001))).toBeNull()
    expect(scanner.openMessageBytes).toBe(0x80000006)
    expect(scanner.scan(new Uint8Array(1 << 20))).toBeNull()
    expect(scanner.openMessageBytes).toBe(0x80000006)
    expect(scanner.isAtBoundary).toBe(false)
  })
})
