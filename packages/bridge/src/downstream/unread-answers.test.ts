import { describe, expect, it } from "vitest"
import { StallClock } from "../core/stall-clock.ts"
import { UnreadAnswers } from "./unread-answers.ts"

const kibibyte = 1_024

/** A connection to which `writtenBytes` were written, of which `unsentBytes` have not left, and `frames` wait for them. */
function connection() {
  let now = 0
  const ends: string[] = []
  const limits = { stallTimeoutMs: 2_000, maxBufferedBytes: 1_000 * kibibyte }
  const stalls = new StallClock(limits, () => now)
  const answers = { leftBytes: 0, unsentBytes: 0, unsentHeads: 0 }
  const unread = new UnreadAnswers(answers, stalls, (why) => ends.push(why))
  return {
    ends,
    stalls,
    unread,
    has(writtenBytes: number, unsentBytes: number, frames = 0): void {
      answers.leftBytes = writtenBytes - unsentBytes
      answers.unsentBytes = unsentBytes
      answers.unsentHeads = frames
    },
    /** A second goes by. */
    look(): boolean {
      now += 1_000
      const isMoving = unread.look()
      stalls.sweep()
      return isMoving
    },
  }
}

describe("answers that a client does not read", () => {
  it("wait in the clock until they have left", () => {
    const { has, look, stalls } = connection()
    has(200 * kibibyte, 100 * kibibyte)
    look()
    expect(stalls.heldBytes).toBe(100 * kibibyte)
    has(200 * kibibyte, 0)
    expect(look()).toBe(false)
    expect(stalls.size).toBe(0)
  })

  it("end their connection when none of them has left for the stall timeout", () => {
    const { has, look, ends } = connection()
    has(200 * kibibyte, 100 * kibibyte)
    expect(look()).toBe(true)
    expect(look()).toBe(false)
    expect(ends).toEqual([])
    look()
    expect(ends).toEqual(["too-long"])
  })

  it("may take as long as they like while some leave between two looks", () => {
    const { has, look, ends } = connection()
    for (let second = 1; second <= 20; second++) {
      has(900 * kibibyte, (900 - second) * kibibyte)
      expect(look()).toBe(true)
    }
    expect(ends).toEqual([])
  })

  it("count with the frames that have not reached the socket, each as large as the largest head", () => {
    const { has, look, ends, unread } = connection()
    unread.wroteHead(20 * kibibyte)
    unread.wroteHead(10)
    has(200 * kibibyte, 1, 40)
    look()
    expect(unread.heldBytes).toBe(800 * kibibyte + 1)
    has(200 * kibibyte, 1, 60)
    look()
    expect(ends).toEqual(["too-much"])
  })

  it("have no place in the clock while they are few and some leave, nor when the connection is gone", () => {
    const { has, look, stalls, unread } = connection()
    has(200 * kibibyte, 64 * kibibyte)
    look()
    expect(stalls.size).toBe(0)
    has(200 * kibibyte, 65 * kibibyte)
    look()
    expect(stalls.size).toBe(1)
    unread.stop()
    expect(stalls.size).toBe(0)
  })

  it("end their connection also when they are few, once none of them leaves", () => {
    const { has, look, ends } = connection()
    has(200 * kibibyte, 1)
    for (let second = 0; second < 4; second++) look()
    expect(ends).toEqual(["too-long"])
  })
})
