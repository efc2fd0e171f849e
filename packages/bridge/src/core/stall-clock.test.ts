import { describe, expect, it, vi } from "vitest"
import { StallClock } from "./stall-clock.ts"

describe("StallClock", () => {
  function scene(): {
    clock: StallClock
    at: (ms: number) => void
    item: () => { stalled: () => void; times: number[] }
  } {
    let now = 0
    const clock = new StallClock(100, () => now)
    return {
      clock,
      at(ms) {
        now = ms
        clock.sweep()
      },
      item() {
        const times: number[] = []
        return { times, stalled: () => times.push(now) }
      },
    }
  }

  it("tells an item, once, that it has waited for the limit", () => {
    const { clock, at, item } = scene()
    const one = item()
    clock.begin(one)
    at(99)
    expect(one.times).toEqual([])
    at(100)
    at(300)
    expect(one.times).toEqual([100])
    expect(clock.size).toBe(0)
  })

  it("forgets an item that waits no longer", () => {
    const { clock, at, item } = scene()
    const one = item()
    clock.begin(one)
    clock.end(one)
    clock.end(one)
    at(200)
    expect(one.times).toEqual([])
    expect(clock.size).toBe(0)
  })

  it("counts from the first beginning, however often it is told of one", () => {
    const { clock, at, item } = scene()
    const [one, two] = [item(), item()]
    clock.begin(one)
    at(50)
    clock.begin(two)
    at(90)
    clock.begin(one)
    at(150)
    expect([one.times, two.times]).toEqual([[150], [150]])
  })

  it("tells all whose time is over, in one sweep, also when one begins again", () => {
    const { clock, at, item } = scene()
    const items = [item(), item(), item()]
    for (const one of items) clock.begin(one)
    const again = {
      times: 0,
      stalled() {
        again.times++
        clock.begin(again)
      },
    }
    clock.begin(again)
    at(100)
    expect(items.map(({ times }) => times)).toEqual([[100], [100], [100]])
    expect([again.times, clock.size]).toEqual([1, 1])
    at(199)
    expect(again.times).toBe(1)
    at(200)
    expect(again.times).toBe(2)
  })

  it("sweeps by itself within a second, and runs a timer only while something waits", () => {
    vi.useFakeTimers()
    try {
      const clock = new StallClock(100, () => Date.now())
      const stalled = vi.fn<() => void>()
      expect(vi.getTimerCount()).toBe(0)
      clock.begin({ stalled })
      vi.advanceTimersByTime(1_000)
      expect(stalled).toHaveBeenCalledTimes(1)
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })
})
