import { encodeFrame, FrameScanner } from "@causeway/protocol"
import { describe, expect, it } from "vitest"
import { MessageTimer } from "./message-timer.ts"
import { StallClock } from "./stall-clock.ts"

const message = encodeFrame(0, new Uint8Array(16_379)) // 16 KiB with its prefix, which earn 2,048 ms

function scene(owesMessage: boolean): {
  timer: MessageTimer
  /** Sends these bytes at this time. */
  send: (ms: number, bytes: Uint8Array) => void
  /** Whether the message's time is over at this time. */
  isEndedAt: (ms: number) => boolean
  clock: StallClock
  at: (ms: number) => void
} {
  let now = 0
  let isEnded = false
  const clock = new StallClock({ stallTimeoutMs: 1_000, maxBufferedBytes: 1e9 }, () => now)
  const scanner = new FrameScanner(1e6, false)
  const item = { wait: null, heldBytes: 0, compact() {}, stalled: () => void (isEnded = !timer.goesOn(scanner)) }
  const timer = new MessageTimer(clock, item, owesMessage)
  const at = (ms: number): void => void (now = ms)
  return {
    timer,
    clock,
    at,
    send(ms, bytes) {
      at(ms)
      scanner.scan(bytes)
      timer.follow(scanner)
    },
    isEndedAt(ms) {
      at(ms)
      clock.sweep()
      return isEnded
    },
  }
}

describe("the time of a message", () => {
  it("is the stall timeout from the request's head on, where the client owes a message", () => {
    const { timer, isEndedAt } = scene(true)
    timer.begin(0)
    expect([isEndedAt(999), isEndedAt(1_000)]).toEqual([false, true])
  })

  it("does not begin with the head where the client owes none", () => {
    const { timer, clock, isEndedAt } = scene(false)
    timer.begin(0)
    expect(clock.size).toBe(0)
    expect(isEndedAt(10_000)).toBe(false)
  })

  it("begins with the first byte, and ends with the last", () => {
    const { send, clock, isEndedAt } = scene(false)
    send(5_000, message.subarray(0, 3))
    expect(clock.size).toBe(1)
    send(5_500, message.subarray(3))
    expect(clock.size).toBe(0)
    expect(isEndedAt(99_000)).toBe(false)
  })

  it("is as much longer as the bytes that have arrived take at 8 KB/s, whatever length is declared", () => {
    const { timer, send, isEndedAt } = scene(true)
    timer.begin(0)
    send(500, message.subarray(0, 8_005)) // 8,000 bytes of payload and the prefix
    expect(isEndedAt(1_000)).toBe(false)
    expect(isEndedAt(1_999)).toBe(false)
    expect(isEndedAt(2_002)).toBe(true)
  })

  it("is not renewed by a byte now and then", () => {
    const { send, isEndedAt } = scene(false)
    for (let byte = 0; byte < 9; byte++) send(byte * 100, message.subarray(byte, byte + 1))
    expect([isEndedAt(999), isEndedAt(1_003)]).toEqual([false, true])
  })

  it("is each message's own", () => {
    const { send, isEndedAt } = scene(false)
    send(0, message.subarray(0, 3))
    send(900, new Uint8Array([...message.subarray(3), 0]))
    expect([isEndedAt(1_000), isEndedAt(1_899), isEndedAt(1_901)]).toEqual([false, false, true])
  })

  it("stands still while the bridge has paused the client", () => {
    const { timer, send, at, isEndedAt } = scene(false)
    send(0, message.subarray(0, 3))
    timer.stop()
    at(400)
    timer.paused()
    at(10_400)
    timer.resumed()
    send(10_400, message.subarray(3, 4))
    expect([isEndedAt(10_999), isEndedAt(11_003)]).toEqual([false, true])
  })
})
