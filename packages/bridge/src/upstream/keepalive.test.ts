import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { KeepaliveTimes } from "./keepalive.ts"
import { Keepalive } from "./keepalive.ts"

const usual: KeepaliveTimes = { keepaliveMs: 20_000, silentPingMs: 305_000, mayPingEarly: true }

/** A keepalive on fake timers. */
function scene(options: Partial<KeepaliveTimes> = {}) {
  const state = {
    calls: 1,
    pings: [] as number[],
    answers: [] as (() => void)[],
    failure: null as Error | null,
    destroyed: false,
  }
  const session = {
    get destroyed() {
      return state.destroyed
    },
    ping(onAnswer: () => void) {
      if (state.destroyed) throw new Error("ping on a destroyed session")
      state.pings.push(Date.now())
      state.answers.push(onAnswer)
    },
  }
  const keepalive = new Keepalive(session, {
    hasCalls: () => state.calls > 0,
    onSilence: (error) => (state.failure = error),
    times: { ...usual, ...options },
    now: () => Date.now(),
  })
  keepalive.start()
  return { state, keepalive }
}

const second = 1_000

describe("Keepalive", () => {
  beforeEach(() => void vi.useFakeTimers({ now: 0 }))
  afterEach(() => void vi.useRealTimers())

  it("finds a backend that has silently vanished within 50 s, while a call waits", () => {
    const { state } = scene()
    vi.advanceTimersByTime(29 * second)
    expect(state.pings).toEqual([])
    vi.advanceTimersByTime(21 * second)
    expect(state.pings).toEqual([30 * second])
    expect(state.failure?.message).toContain("20000 ms")
  })

  it("does not ping a session without a waiting call: gRPC servers count such pings", () => {
    const { state } = scene()
    state.calls = 0
    vi.advanceTimersByTime(3_600 * second)
    expect(state.pings).toEqual([])
    state.calls = 1
    vi.advanceTimersByTime(19 * second)
    expect(state.pings).toEqual([])
    vi.advanceTimersByTime(11 * second)
    expect(state.pings).toHaveLength(1)
  })

  it("does not ping a backend that sends", () => {
    const { state, keepalive } = scene()
    for (let at = 0; at < 100; at++) {
      keepalive.received()
      vi.advanceTimersByTime(10 * second)
    }
    expect(state.pings).toEqual([])
  })

  it("accepts the answer, and pings a silent backend again after five minutes", () => {
    const { state } = scene()
    for (let at = 0; at < 120; at++) {
      vi.advanceTimersByTime(10 * second)
      state.answers.pop()?.()
    }
    expect(state.failure).toBeNull()
    expect(state.pings).toEqual([30, 340, 650, 960].map((at) => at * second))
  })

  it("pings again soon if the backend has sent in between", () => {
    const { state, keepalive } = scene()
    vi.advanceTimersByTime(30 * second)
    state.answers.pop()?.()
    keepalive.received()
    vi.advanceTimersByTime(30 * second)
    expect(state.pings).toEqual([30 * second, 60 * second])
  })

  it("pings once more, and early, for a call that begins after the ping: gRPC servers allow two pings too many", () => {
    const { state, keepalive } = scene()
    vi.advanceTimersByTime(30 * second)
    state.answers.pop()?.()
    vi.advanceTimersByTime(30 * second)
    keepalive.callBegan()
    vi.advanceTimersByTime(50 * second)
    expect(state.pings).toEqual([30, 70].map((at) => at * second))
    expect(state.failure?.message).toContain("20000 ms")
  })

  it("pings early only once until the backend sends: later calls wait for five minutes", () => {
    const { state, keepalive } = scene()
    for (let at = 0; at < 60; at++) {
      vi.advanceTimersByTime(10 * second)
      state.answers.pop()?.()
      keepalive.callBegan()
    }
    expect(state.pings).toEqual([30, 60, 370].map((at) => at * second))
    keepalive.received()
    for (let at = 0; at < 10; at++) {
      vi.advanceTimersByTime(10 * second)
      state.answers.pop()?.()
      keepalive.callBegan()
    }
    expect(state.pings).toHaveLength(5)
  })

  it("finds a backend that has vanished although every call gives up before the time", () => {
    const { state, keepalive } = scene()
    state.calls = 0
    vi.advanceTimersByTime(12 * second)
    keepalive.callBegan() // and ends by its deadline before the next check
    vi.advanceTimersByTime(50 * second)
    expect(state.pings).toHaveLength(1)
    expect(state.failure).not.toBeNull()
  })

  it("pings no more than twice without a call that waits: gRPC servers allow such pings once in two hours", () => {
    const { state, keepalive } = scene()
    state.calls = 0
    for (let at = 0; at < 360; at++) {
      keepalive.callBegan()
      vi.advanceTimersByTime(10 * second)
      state.answers.pop()?.()
    }
    expect(state.pings).toHaveLength(2)
  })

  it("pings less often, and never early, when the backend asks for that (gRFC A8)", () => {
    const { state, keepalive } = scene({ silentPingMs: 610_000, mayPingEarly: false })
    for (let at = 0; at < 120; at++) {
      vi.advanceTimersByTime(10 * second)
      state.answers.pop()?.()
      keepalive.callBegan()
    }
    expect(state.pings).toHaveLength(2)
    expect(state.pings[1] - state.pings[0]).toBeGreaterThanOrEqual(610 * second)
  })

  it("takes another time while it runs, a shorter and a longer one", () => {
    const { state, keepalive } = scene()
    keepalive.configure({ ...usual, keepaliveMs: 2_000 })
    vi.advanceTimersByTime(3 * second)
    expect(state.pings).toEqual([3 * second])
    state.answers.pop()?.()
    keepalive.configure({ ...usual, keepaliveMs: 100_000 })
    keepalive.received()
    vi.advanceTimersByTime(100 * second)
    expect(state.pings).toHaveLength(1)
    vi.advanceTimersByTime(50 * second)
    expect(state.pings).toHaveLength(2)
  })

  it("does not touch a session that Node has destroyed, and ends with stop", () => {
    const { state, keepalive } = scene()
    state.destroyed = true
    vi.advanceTimersByTime(100 * second)
    state.destroyed = false
    vi.advanceTimersByTime(30 * second)
    expect(state.pings).toHaveLength(1)
    keepalive.stop()
    vi.advanceTimersByTime(1_000 * second)
    expect(state.failure).toBeNull()
    expect(vi.getTimerCount()).toBe(0)
  })
})
