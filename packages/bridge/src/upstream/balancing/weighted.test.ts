import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { anyCall, candidates, repeatable, tally } from "../../../test/support/candidates.ts"
import type { TestCandidate } from "../../../test/support/candidates.ts"
import { Weighted } from "./weighted.ts"

function weighted(list: TestCandidate[], usesLoadReports = false, slowStartMs = 0): Weighted<TestCandidate> {
  const policy = new Weighted<TestCandidate>({ usesLoadReports, slowStartMs }, repeatable())
  policy.update(list)
  return policy
}

const report = (cpuUtilization: number, qps: number, eps = 0): TestCandidate["load"] => ({
  cpuUtilization,
  applicationUtilization: 0,
  qps,
  eps,
})

describe("weighted turns", () => {
  it("follow the weights to within one turn for each endpoint, whatever the weights are", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 20 }), (weights) => {
        const list = candidates(weights.length)
        for (const [index, weight] of weights.entries()) list[index].weight = weight
        const policy = weighted(list)
        const counts = tally(2_000, () => policy.pick(anyCall, false, 0))
        const total = weights.reduce((a, b) => a + b, 0)
        for (const { key, weight } of list) {
          expect(Math.abs((counts[key] ?? 0) - (2_000 * weight) / total)).toBeLessThanOrEqual(2)
        }
      }),
      { numRuns: 50 },
    )
  })

  it("keep the shares of the others in proportion while the heaviest may not be used", () => {
    const list = candidates(3)
    list[0].weight = 100
    list[2].weight = 3
    const policy = weighted(list)
    list[0].isHealthy = false
    const counts = tally(4_000, () => policy.pick(anyCall, false, 0))
    expect(Math.abs(counts[list[1].key] - 1_000)).toBeLessThan(50)
    expect(Math.abs(counts[list[2].key] - 3_000)).toBeLessThan(50)
  })

  it("interleave the endpoints: no endpoint has all its turns in a row", () => {
    const list = candidates(2)
    list[0].weight = list[1].weight = 5
    const policy = weighted(list)
    const keys = Array.from({ length: 20 }, () => policy.pick(anyCall, false, 0)?.key)
    for (let i = 2; i < 20; i++) expect(keys[i]).not.toBe(keys[i - 1])
  })

  it("have no endpoint when none has room, and none at all", () => {
    expect(weighted(candidates(3, { hasRoom: false })).pick(anyCall, false, 0)).toBeNull()
    expect(weighted([]).pick(anyCall, false, 0)).toBeNull()
  })

  it("grow with an endpoint that warms up", () => {
    const list = candidates(2, { readySinceMs: -1e9 })
    list[0].readySinceMs = 0
    const policy = weighted(list, false, 10_000)
    const shareAt = (nowMs: number): number =>
      (tally(1_000, () => policy.pick(anyCall, false, nowMs))[list[0].key] ?? 0) / 1_000
    expect(shareAt(0)).toBeCloseTo(1 / 11, 1)
    expect(shareAt(5_000)).toBeCloseTo(1 / 3, 1)
    expect(shareAt(10_000)).toBeCloseTo(1 / 2, 1)
  })
})

describe("turns weighted by load reports (gRFC A58)", () => {
  const shares = (list: TestCandidate[], policy: Weighted<TestCandidate>, nowMs: number): number[] => {
    const counts = tally(10_000, () => policy.pick(anyCall, false, nowMs))
    return list.map(({ key }) => (counts[key] ?? 0) / 10_000)
  }

  /** Endpoints whose reports the policy has seen for the blackout period. */
  function reporting(reports: TestCandidate["load"][]): { list: TestCandidate[]; policy: Weighted<TestCandidate> } {
    const list = candidates(reports.length)
    for (const [index, load] of reports.entries()) list[index].load = load
    const policy = weighted(list, true)
    policy.pick(anyCall, false, 0)
    return { list, policy }
  }

  it("follow calls per second by utilization", () => {
    const { list, policy } = reporting([report(0.5, 100), report(0.25, 100), report(0.5, 300)])
    const [a, b, c] = shares(list, policy, 10_000)
    expect(a).toBeCloseTo(1 / 6, 2)
    expect(b).toBeCloseTo(2 / 6, 2)
    expect(c).toBeCloseTo(3 / 6, 2)
  })

  it("count errors as utilization", () => {
    const { list, policy } = reporting([report(0.5, 100), report(0.5, 100, 50)])
    expect(shares(list, policy, 10_000)[1]).toBeCloseTo(1 / 3, 2)
  })

  it("hold the configured weights in the first ten seconds, and while fewer than two endpoints report", () => {
    const { list, policy } = reporting([report(0.9, 10), report(0.1, 100)])
    list[0].weight = 3
    policy.update(list)
    expect(shares(list, policy, 9_999)[0]).toBeCloseTo(0.75, 2)
    expect(shares(list, policy, 11_000)[0]).toBeLessThan(0.02)
    list[1].load = report(0, 0)
    const alone = reporting([report(0.5, 100), null, null])
    expect(Math.max(...shares(alone.list, alone.policy, 10_000))).toBeCloseTo(1 / 3, 2)
  })

  it("give an endpoint without a report the mean weight", () => {
    const { list, policy } = reporting([report(0.5, 100), report(0.5, 300), null])
    expect(shares(list, policy, 10_000)[2]).toBeCloseTo(1 / 3, 2)
  })

  it("cannot be driven beyond all numbers: an endpoint without a report gets no more than the others", () => {
    const { list, policy } = reporting([report(1, 1.7e308), report(1, 1.7e308), null])
    expect(shares(list, policy, 10_000)[2]).toBeCloseTo(1 / 3, 2)
  })

  it("forget a report after three minutes, and wait ten seconds after the next one", () => {
    const { list, policy } = reporting([report(0.5, 100), report(0.5, 300)])
    expect(shares(list, policy, 179_000)[0]).toBeCloseTo(1 / 4, 2)
    expect(shares(list, policy, 180_000)[0]).toBeCloseTo(1 / 2, 2)
    list[0].load = report(0.5, 100)
    list[1].load = report(0.5, 300)
    policy.pick(anyCall, false, 181_000)
    expect(shares(list, policy, 190_999)[0]).toBeCloseTo(1 / 2, 2)
    expect(shares(list, policy, 192_000)[0]).toBeCloseTo(1 / 4, 2)
  })

  it("wait ten seconds after an endpoint has become ready again", () => {
    const { list, policy } = reporting([report(0.5, 100), report(0.5, 300)])
    list[1].readySinceMs = 20_000
    list[1].load = report(0.5, 300)
    expect(shares(list, policy, 20_000)[0]).toBeCloseTo(1 / 2, 2)
    expect(shares(list, policy, 30_000)[0]).toBeCloseTo(1 / 4, 2)
  })
})
