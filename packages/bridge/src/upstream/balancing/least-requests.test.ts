import { describe, expect, it } from "vitest"
import { anyCall, candidates, repeatable, tally } from "../../../test/support/candidates.ts"
import type { TestCandidate } from "../../../test/support/candidates.ts"
import { LeastRequests } from "./least-requests.ts"

function leastRequests(list: TestCandidate[], slowStartMs = 0): LeastRequests<TestCandidate> {
  const policy = new LeastRequests<TestCandidate>(slowStartMs, repeatable())
  policy.update(list)
  return policy
}

/** Lets each call stay for `held` further calls. Returns how many calls each endpoint got. */
function run(list: TestCandidate[], calls: number, held: number): number[] {
  const policy = leastRequests(list)
  const counts = list.map(() => 0)
  const open: TestCandidate[] = []
  for (let call = 0; call < calls; call++) {
    const found = policy.pick(anyCall, false, 0)
    if (found === null) throw new Error("no endpoint")
    found.inFlight++
    counts[list.indexOf(found)]++
    open.push(found)
    if (open.length > held) (open.shift() as TestCandidate).inFlight--
  }
  return counts
}

describe("least requests", () => {
  it("gives equal endpoints equal shares, idle and busy", () => {
    for (const held of [0, 200]) {
      for (const count of run(candidates(10), 20_000, held)) expect(Math.abs(count - 2_000)).toBeLessThan(200)
    }
  })

  it("takes the endpoint with fewer calls in flight of any two", () => {
    const list = candidates(2)
    list[0].inFlight = 1
    const policy = leastRequests(list)
    const counts = tally(1_000, () => policy.pick(anyCall, false, 0))
    expect(counts[list[1].key]).toBeGreaterThan(950)
  })

  it("gives an endpoint that hangs no further calls once it holds more than the others", () => {
    const list = candidates(10)
    list[0].inFlight = 50
    const policy = leastRequests(list)
    expect(tally(10_000, () => policy.pick(anyCall, false, 0))[list[0].key] ?? 0).toBeLessThan(20)
  })

  it("spreads the calls of endpoints that may not be used over all others alike", () => {
    const list = candidates(10)
    list[0].isHealthy = false
    list[1].hasRoom = false
    const policy = leastRequests(list)
    const counts = tally(16_000, () => policy.pick(anyCall, false, 0))
    expect(Object.keys(counts)).toHaveLength(8)
    for (const count of Object.values(counts)) expect(Math.abs(count - 2_000)).toBeLessThan(200)
  })

  it("finds the only one of a hundred endpoints that has room, and none when there is none", () => {
    const list = candidates(100, { hasRoom: false })
    const policy = leastRequests(list)
    expect(policy.pick(anyCall, false, 0)).toBeNull()
    list[71].hasRoom = true
    for (let i = 0; i < 100; i++) expect(policy.pick(anyCall, false, 0)).toBe(list[71])
    expect(leastRequests([]).pick(anyCall, false, 0)).toBeNull()
  })

  it("passes over endpoints that the call has tried", () => {
    const list = candidates(2)
    const policy = leastRequests(list)
    for (let i = 0; i < 50; i++) expect(policy.pick({ hash: 0, avoid: [list[0].key] }, false, 0)).toBe(list[1])
  })

  it("holds the shares of unequal weights, idle and busy", () => {
    for (const held of [0, 100]) {
      const list = candidates(4)
      list[0].weight = 7
      const [heavy, ...light] = run(list, 10_000, held)
      expect(Math.abs(heavy - 7_000)).toBeLessThan(350)
      for (const count of light) expect(Math.abs(count - 1_000)).toBeLessThan(100)
    }
  })

  it("gives an endpoint that warms up a part of its share, with equal and with unequal weights", () => {
    for (const weights of [
      [1, 1, 1, 1],
      [2, 1, 1, 2],
    ]) {
      const list = candidates(4, { readySinceMs: -1e9 })
      for (const [index, weight] of weights.entries()) list[index].weight = weight
      const policy = leastRequests(list, 100_000)
      const shareAt = (nowMs: number): number => {
        policy.update(list)
        return (tally(10_000, () => policy.pick(anyCall, false, nowMs))[list[0].key] ?? 0) / 10_000
      }
      const full = shareAt(100_000)
      list[0].readySinceMs = 100_000
      expect(shareAt(120_000)).toBeLessThan(full * 0.5)
      expect(shareAt(120_000)).toBeGreaterThan(full * 0.1)
    }
  })
})
