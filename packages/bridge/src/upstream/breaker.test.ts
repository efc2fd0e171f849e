import { describe, expect, it } from "vitest"
import type { BreakerLimit } from "./breaker.ts"
import { Breaker } from "./breaker.ts"

const config = { maxInFlight: 3, maxRetries: 1 }

describe("the breaker", () => {
  it.each<[BreakerLimit, number, string]>([
    ["in-flight", 3, "3 calls are in flight; this upstream allows 3 (breaker.max-in-flight)"],
    ["retries", 1, "1 retries are in flight; this upstream allows 1 (breaker.max-retries)"],
  ])("bounds %s by %d, and says why", (limit, max, words) => {
    const breaker = new Breaker(config)
    for (let i = 0; i < max; i++) expect(breaker.tryEnter(limit)).toBe(true)
    expect(breaker.tryEnter(limit)).toBe(false)
    expect(breaker.counts[limit]).toBe(max)
    expect(breaker.refusals[limit]).toBe(1)
    expect(breaker.explain(limit)).toBe(words)
    breaker.leave(limit)
    expect(breaker.tryEnter(limit)).toBe(true)
  })

  it("bounds each count by itself", () => {
    const breaker = new Breaker(config)
    breaker.tryEnter("retries")
    expect(breaker.tryEnter("retries")).toBe(false)
    expect(breaker.tryEnter("in-flight")).toBe(true)
  })

  it("has no bound where none is configured", () => {
    const breaker = new Breaker({ ...config, maxInFlight: null })
    for (let i = 0; i < 10_000; i++) expect(breaker.tryEnter("in-flight")).toBe(true)
    expect(new Breaker({}).tryEnter("retries")).toBe(true)
  })

  it("keeps its counts when its limits change", () => {
    const breaker = new Breaker(config)
    breaker.tryEnter("in-flight")
    breaker.configure({ ...config, maxInFlight: 1 })
    expect(breaker.tryEnter("in-flight")).toBe(false)
  })
})
