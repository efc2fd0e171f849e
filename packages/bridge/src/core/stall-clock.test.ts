import { describe, expect, it, vi } from "vitest"
import type { Stallable, StallEnd } from "./stall-clock.ts"
import { StallClock } from "./stall-clock.ts"

describe("StallClock", () => {
  function scene(): {
    clock: StallClock
    at: (ms: number) => void
    item: () => Stallable & { times: number[] }
  } {
    let now = 0
    const clock = new StallClock({ stallTimeoutMs: 100, maxBufferedBytes: 1_000 }, () => now)
    return {
      clock,
      at(ms) {
        now = ms
        clock.sweep()
      },
      item() {
        const times: number[] = []
        return { times, wait: null, heldBytes: 0, compact() {}, stalled: () => times.push(now) }
      },
    }
  }

  it("calls an item once when it has waited for the limit", () => {
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

  it("forgets an item that no longer waits", () => {
    const { clock, at, item } = scene()
    const one = item()
    clock.begin(one)
    clock.end(one)
    clock.end(one)
    at(200)
    expect(one.times).toEqual([])
    expect(clock.size).toBe(0)
  })

  it("counts from the first `begin`, however often it is called", () => {
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

  it("can count from an earlier moment, and wait longer", () => {
    const { clock, at, item } = scene()
    const one = item()
    at(50)
    clock.beginSince(one, 20, 30)
    at(149)
    expect([one.times, clock.isOver(20, 30)]).toEqual([[], false])
    at(150)
    expect([one.times, clock.isOver(20, 30), clock.now()]).toEqual([[150], true, 150])
  })

  it("waits until a given moment, but no longer than for others", () => {
    const { clock, at, item } = scene()
    const [one, two, past] = [item(), item(), item()]
    clock.beginUntil(one, 50)
    clock.beginUntil(two, 5_000)
    clock.beginUntil(past, -1)
    at(49)
    at(50)
    at(99)
    at(100)
    expect([one.times, two.times, past.times]).toEqual([[50], [100], [49]])
  })

  it("calls all expired items in one sweep, even if one of them begins to wait again", () => {
    const { clock, at, item } = scene()
    const items = [item(), item(), item()]
    for (const one of items) clock.begin(one)
    const again = {
      times: 0,
      wait: null,
      heldBytes: 0,
      compact() {},
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

  it("does not call an item that another item has ended in the same sweep", () => {
    const { clock, at, item } = scene()
    const second = item()
    const first = { ...item(), stalled: () => clock.end(second) }
    const third = item()
    for (const one of [first, second, third]) clock.begin(one)
    at(100)
    expect([second.times, third.times, clock.size]).toEqual([[], [100], 0])
  })

  it("keeps nothing of an item that no longer waits", () => {
    const { clock, item } = scene()
    const one = item()
    clock.begin(one)
    expect(one.wait?.value.item).toBe(one)
    clock.end(one)
    expect(one.wait).toBeNull()
  })

  it("sweeps within a second by itself, and runs a timer only while an item waits", () => {
    vi.useFakeTimers()
    try {
      const clock = new StallClock({ stallTimeoutMs: 100, maxBufferedBytes: 1_000 }, () => Date.now())
      const stalled = vi.fn<() => void>()
      expect(vi.getTimerCount()).toBe(0)
      clock.begin({ wait: null, heldBytes: 0, compact() {}, stalled })
      vi.advanceTimersByTime(1_000)
      expect(stalled).toHaveBeenCalledTimes(1)
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  describe("its budget", () => {
    interface Holder extends Stallable {
      heldBytes: number
      ends: StallEnd[]
      compacted: number
    }
    const clock = (): StallClock => new StallClock({ stallTimeoutMs: 1_000, maxBufferedBytes: 1_000 }, () => 0)
    function holder(heldBytes: number): Holder {
      const one: Holder = {
        wait: null,
        heldBytes,
        ends: [],
        compacted: 0,
        compact: () => void one.compacted++,
        stalled: (why) => void one.ends.push(why),
      }
      return one
    }

    it("ends the longest waits once all items hold more than the budget, until an eighth of it is free", async () => {
      const stalls = clock()
      const all = Array.from({ length: 11 }, () => holder(100))
      for (const one of all.slice(0, 10)) stalls.begin(one)
      await turn()
      expect([stalls.heldBytes, stalls.size]).toEqual([1_000, 10])
      stalls.begin(all[10])
      await turn()
      expect(all.map(({ ends }) => ends.length)).toEqual([1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0])
      expect(all[0].ends).toEqual(["too-much"])
      expect([stalls.heldBytes, stalls.size, stalls.endedForMemory]).toEqual([800, 8, 3])
    })

    it("spares items that hold less than their share, however long they have waited", async () => {
      const stalls = clock()
      const [slow, fat, late] = [holder(1), holder(700), holder(500)]
      for (const one of [slow, fat, late]) stalls.begin(one)
      await turn()
      expect([slow.ends, fat.ends, late.ends]).toEqual([[], ["too-much"], []])
    })

    it("notices that an item has grown since it began to wait", () => {
      const stalls = clock()
      const [one, two] = [holder(1), holder(1)]
      stalls.begin(one)
      stalls.begin(two)
      one.heldBytes = 2_000
      stalls.sweep()
      expect([one.ends, two.ends]).toEqual([["too-much"], []])
      expect([one.compacted, two.compacted]).toEqual([1, 1])
    })

    it("ends expendable items before all others, and only as many as it must", async () => {
      const stalls = clock()
      const items = [holder(400), { ...holder(400), isExpendable: true }, { ...holder(400), isExpendable: true }]
      for (const one of items) stalls.begin(one)
      await turn()
      expect(items.map(({ ends }) => ends)).toEqual([[], ["too-much"], []])
      expect(stalls.endedForMemory).toBe(0)
    })

    it("ends no other item while the budget holds without the expendable ones", async () => {
      const stalls = clock()
      const items = [holder(480), { ...holder(200), isExpendable: true }, holder(480)]
      for (const one of items) stalls.begin(one)
      await turn()
      expect(items.map(({ ends }) => ends)).toEqual([[], ["too-much"], []])
    })

    it("notices that an item says it has grown, before the next sweep", async () => {
      const stalls = clock()
      const one = holder(1)
      stalls.begin(one)
      await turn()
      one.heldBytes = 2_000
      stalls.grew(1_999)
      await turn()
      expect(one.ends).toEqual(["too-much"])
    })

    it("never ends an item inside `begin`", () => {
      const stalls = clock()
      const one = holder(2_000)
      stalls.begin(one)
      expect(one.ends).toEqual([])
      stalls.end(one)
    })
  })
})

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
