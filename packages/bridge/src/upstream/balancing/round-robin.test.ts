import { describe, expect, it } from "vitest"
import { anyCall, candidates, repeatable, tally } from "../../../test/support/candidates.ts"
import { RoundRobin } from "./round-robin.ts"

function roundRobin(list: ReturnType<typeof candidates>, slowStartMs = 0, seed = 1): RoundRobin<(typeof list)[number]> {
  const policy = new RoundRobin<(typeof list)[number]>(slowStartMs, repeatable(seed))
  policy.update(list)
  return policy
}

describe("round robin", () => {
  it("gives each endpoint every n-th call", () => {
    const list = candidates(5)
    const policy = roundRobin(list)
    const round = (): string[] => list.map(() => policy.pick(anyCall, false, 0)?.key ?? "none")
    const first = round()
    expect(new Set(first).size).toBe(5)
    expect(round()).toEqual(first)
  })

  it("goes through the endpoints in another order, from another start, in each bridge", () => {
    const orders = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => {
      const policy = roundRobin(candidates(5), 0, seed)
      return Array.from({ length: 5 }, () => policy.pick(anyCall, false, 0)?.key).join()
    })
    expect(new Set(orders).size).toBe(8)
    const starts = orders.map((order) => order.split(",")[0])
    expect(new Set(starts).size).toBeGreaterThan(2)
  })

  it.each([
    ["unhealthy", { isHealthy: false }],
    ["full", { hasRoom: false }],
  ])("spreads the calls of an endpoint that is %s over all others alike", (_word, difference) => {
    const list = candidates(10)
    Object.assign(list[3], difference)
    const policy = roundRobin(list)
    const counts = tally(9_000, () => policy.pick(anyCall, false, 0))
    expect(Object.keys(counts)).toHaveLength(9)
    expect(new Set(Object.values(counts))).toEqual(new Set([1_000]))
  })

  it("ignores health in a panic, and never room", () => {
    const list = candidates(4, { isHealthy: false })
    list[0].hasRoom = false
    const policy = roundRobin(list)
    expect(policy.pick(anyCall, false, 0)).toBeNull()
    expect(tally(300, () => policy.pick(anyCall, true, 0))).toEqual({
      [list[1].key]: 100,
      [list[2].key]: 100,
      [list[3].key]: 100,
    })
  })

  it("passes over endpoints that the call has tried", () => {
    const list = candidates(3)
    const policy = roundRobin(list)
    const avoid = [list[0].key, list[2].key]
    for (let i = 0; i < 10; i++) expect(policy.pick({ hash: 0, avoid }, false, 0)).toBe(list[1])
    expect(policy.pick({ hash: 0, avoid: list.map(({ key }) => key) }, false, 0)).toBeNull()
  })

  it("gives an endpoint that warms up its part of a turn, and all of it in the end", () => {
    const list = candidates(4)
    list[0].readySinceMs = 100_000
    for (const one of list.slice(1)) one.readySinceMs = -100_000
    const policy = roundRobin(list, 60_000)
    const shareAt = (nowMs: number): number =>
      (tally(10_000, () => policy.pick(anyCall, false, nowMs))[list[0].key] ?? 0) / 2_500
    expect(shareAt(130_000)).toBeGreaterThan(0.5)
    expect(shareAt(130_000)).toBeLessThan(0.65)
    expect(shareAt(100_000)).toBeLessThan(0.16)
    expect(shareAt(160_000)).toBe(1)
  })

  it("serves calls while every endpoint warms up", () => {
    const policy = roundRobin(candidates(2), 60_000)
    for (let i = 0; i < 100; i++) expect(policy.pick(anyCall, false, 0)).not.toBeNull()
  })

  it("has no endpoint for a call when there is none", () => {
    expect(roundRobin([]).pick(anyCall, false, 0)).toBeNull()
  })

  it("keeps the order of those that stay when one comes", () => {
    const list = candidates(6)
    const policy = roundRobin(list.slice(0, 5))
    const orderOf = (count: number): string[] => {
      const keys = Array.from({ length: count }, () => policy.pick(anyCall, false, 0)?.key ?? "")
      const start = keys.indexOf(list[0].key)
      return [...keys.slice(start), ...keys.slice(0, start)]
    }
    const before = orderOf(5)
    policy.update(list)
    expect(orderOf(6).filter((key) => key !== list[5].key)).toEqual(before)
  })
})
