import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { ShortSessions } from "./short-sessions.ts"

describe("the calls that a session is expected to take", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }))
  afterEach(() => void vi.useRealTimers())

  it("are known from the second short session on, and are the greater number of the last two", () => {
    const short = new ShortSessions()
    short.ended(5, 20)
    expect(short.callsPerSession).toBe(Infinity)
    short.ended(3, 20)
    expect(short.callsPerSession).toBe(5)
    short.ended(1, 20)
    expect(short.callsPerSession).toBe(3)
  })

  it("are forgotten a second after the last short session ended", () => {
    const short = new ShortSessions()
    short.ended(1, 20)
    short.ended(1, 20)
    vi.advanceTimersByTime(1_000)
    expect(short.callsPerSession).toBe(Infinity)
    short.ended(1, 20)
    expect(short.callsPerSession).toBe(Infinity)
  })

  it("are not known from a session that lived long, nor from a GOAWAY that names no call", () => {
    const short = new ShortSessions()
    for (let count = 0; count < 2; count++) {
      short.ended(1, 1_000)
      short.ended(0, 20)
    }
    expect(short.callsPerSession).toBe(Infinity)
  })
})
