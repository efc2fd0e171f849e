import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { Redial } from "./redial.ts"

describe("Redial", () => {
  beforeEach(() => void vi.useFakeTimers({ now: 0 }))
  afterEach(() => void vi.useRealTimers())

  /** Lets every dial fail. Returns the times of the dials. */
  function failing(random: number): { redial: Redial; dials: number[] } {
    const dials: number[] = []
    const redial = new Redial(
      () => {
        dials.push(Math.round(performance.now()))
        redial.failed()
        redial.later()
      },
      () => random,
    )
    return { redial, dials }
  }

  it("dials at once when a call asks for the first time", () => {
    const dials: number[] = []
    const redial = new Redial(() => dials.push(performance.now()))
    redial.soon()
    expect(dials).toHaveLength(1)
  })

  it("waits longer after each failure while no call waits, up to five seconds, with a jitter of a fifth", () => {
    for (const random of [0, 0.5, 1]) {
      const { redial, dials } = failing(random)
      redial.soon()
      vi.advanceTimersByTime(60_000)
      const gaps = dials.slice(1).map((at, i) => at - dials[i])
      const jitter = 0.8 + 0.4 * random
      expect(gaps.slice(0, 4)).toEqual([100, 160, 256, 410].map((ms) => expect.closeTo(ms * jitter, -0.5)))
      for (const gap of gaps.slice(9)) expect(gap).toBeCloseTo(5_000 * jitter, -1)
      redial.stop()
    }
  })

  it("dials at most 100 ms after the last failure when a call waits, however long the backend has failed", () => {
    const { redial, dials } = failing(0.5)
    redial.soon()
    vi.advanceTimersByTime(60_000)
    while (Math.round(performance.now()) - dials[dials.length - 1] !== 1_000) vi.advanceTimersByTime(1)
    redial.soon()
    expect(dials.at(-1)).toBe(Math.round(performance.now()))
    redial.soon()
    redial.soon()
    const before = dials.length
    vi.advanceTimersByTime(99)
    expect(dials).toHaveLength(before)
    vi.advanceTimersByTime(1)
    expect(dials).toHaveLength(before + 1)
    redial.stop()
  })

  it.each([
    ["waits: 100 ms between any two dials", "soon" as const, 11],
    ["waits not: ever longer pauses", "later" as const, 5],
  ])("makes no loop of a backend that soon ends its sessions while a call %s", (_words, wish, most) => {
    const dials: number[] = []
    const redial = new Redial(
      () => {
        dials.push(Math.round(performance.now()))
        redial.succeeded()
        redial.lost(false, 10) // it closed again
        redial[wish]()
      },
      () => 0.5,
    )
    redial.soon()
    vi.advanceTimersByTime(1_000)
    expect(dials.length).toBeLessThanOrEqual(most)
    expect(dials.length).toBeGreaterThan(3)
    redial.stop()
  })

  it("dials at once for a call whose session was lost after a long life", () => {
    const dials: number[] = []
    const redial = new Redial(() => dials.push(performance.now()))
    redial.succeeded()
    redial.lost(false, 1_000)
    expect(redial.isFailing).toBe(false)
    redial.soon()
    expect(dials).toHaveLength(1)
  })

  it("dials at once for a call whose session had served calls, however short it lived", () => {
    const dials: number[] = []
    const redial = new Redial(() => dials.push(performance.now()))
    redial.succeeded()
    redial.lost(true, 1)
    expect(redial.isFailing).toBe(false)
    redial.soon()
    expect(dials).toHaveLength(1)
  })

  it("counts the failures of several simultaneous dials as one", () => {
    const { redial, dials } = failing(0.5)
    redial.soon()
    redial.failed()
    redial.failed()
    vi.advanceTimersByTime(100)
    expect(dials).toHaveLength(2)
    vi.advanceTimersByTime(160)
    expect(dials).toHaveLength(3)
    redial.stop()
  })

  it("starts with short pauses again after a session with a long life, and lengthens them while sessions end soon", () => {
    for (const [livedMs, dials] of [
      [999, 9],
      [1_000, 100],
    ]) {
      const dialled: number[] = []
      const redial = new Redial(
        () => {
          dialled.push(performance.now())
          redial.succeeded()
          redial.lost(false, livedMs)
          redial.later()
        },
        () => 0.5,
      )
      redial.soon()
      vi.advanceTimersByTime(10_000)
      expect(dialled.length).toBeGreaterThan(dials - 2)
      expect(dialled.length).toBeLessThan(dials + 3)
      redial.stop()
    }
  })

  it("does not dial after a success, until a session is lost", () => {
    const { redial, dials } = failing(0.5)
    redial.soon()
    redial.succeeded()
    vi.advanceTimersByTime(60_000)
    expect(dials).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it("dials no more once it is stopped", () => {
    const { redial, dials } = failing(0.5)
    redial.soon()
    redial.stop()
    redial.soon()
    vi.advanceTimersByTime(60_000)
    expect(dials).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
  })
})
