import { encodeFrame } from "@causeway/protocol"
import { describe, expect, it } from "vitest"
import { join } from "../../test/grpc-web-bytes.ts"
import { EnvelopeScanner } from "./envelope-scanner.ts"

const message = encodeFrame(0, Uint8Array.of(2, 2, 2))
const empty = encodeFrame(0, new Uint8Array())
const end = encodeFrame(2, new TextEncoder().encode("{}"))

function hasEnded(...chunks: Uint8Array[]): boolean {
  const scanner = new EnvelopeScanner()
  for (const chunk of chunks) scanner.scan(chunk)
  return scanner.hasEnded
}

describe("the end of a Connect stream", () => {
  it("is reached with the last byte of its final message, wherever the chunks are cut", () => {
    const whole = join(message, empty, end)
    for (let cut = 0; cut <= whole.length; cut++) {
      expect(hasEnded(whole.subarray(0, cut), whole.subarray(cut))).toBe(true)
      expect(hasEnded(whole.subarray(0, cut))).toBe(cut === whole.length)
    }
    expect(hasEnded(...Array.from(whole, (byte) => Uint8Array.of(byte)))).toBe(true)
  })

  it("is reached also if its final message is empty", () => {
    expect(hasEnded(message, encodeFrame(2, new Uint8Array()))).toBe(true)
  })

  it("is not reached without a final message, whatever the other messages contain", () => {
    expect(hasEnded()).toBe(false)
    expect(hasEnded(message, message)).toBe(false)
  })

  it("is not reached inside a message of more than 2^31 bytes", () => {
    expect(hasEnded(Uint8Array.of(2, 0xff, 0xff, 0xff, 0xff), new Uint8Array(1_000))).toBe(false)
  })
})
