import { describe, expect, it } from "vitest"

import { seriesOf } from "./call-series.ts"

const nowMs = 1_000_000
const ended = (secondsAgo: number, durationMs: number) => ({ endedMs: nowMs - secondsAgo * 1_000, durationMs })

describe("seriesOf", () => {
  it("counts a call in the second in which it ended", () => {
    const { seconds, rate } = seriesOf([ended(0, 5), ended(0.9, 5), ended(1, 5), ended(119.5, 5), ended(120, 5)], nowMs)
    expect(seconds.at(0)).toBe(-119)
    expect(seconds.at(-1)).toBe(0)
    expect(rate.at(-1)).toBe(2)
    expect(rate.at(-2)).toBe(1)
    expect(rate.at(0)).toBe(1)
    expect(rate.reduce((sum, count) => sum + count)).toBe(4)
  })

  it("takes the percentiles over the ten seconds up to each", () => {
    const hundred = Array.from({ length: 100 }, (_, index) => ended(20, index + 1))
    const { p50, p95 } = seriesOf(hundred, nowMs)
    expect([p50.at(-21), p95.at(-21)]).toEqual([50, 95])
    expect([p50.at(-12), p95.at(-12)]).toEqual([50, 95])
    expect([p50.at(-11), p95.at(-11)]).toEqual([null, null])
    expect([p50.at(-22), p95.at(-22)]).toEqual([null, null])
  })

  it("takes the only call for every percentile", () => {
    const { p50, p95 } = seriesOf([ended(0, 7)], nowMs)
    expect([p50.at(-1), p95.at(-1)]).toEqual([7, 7])
  })
})
