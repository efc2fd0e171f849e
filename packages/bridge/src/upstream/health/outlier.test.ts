import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { FailurePercentageConfig, OutlierConfig, SuccessRateConfig } from "../upstream-config.ts"
import { OutlierDetector } from "./outlier.ts"

const successRate: SuccessRateConfig = { stdevFactor: 1.9, enforcementShare: 1, minimumHosts: 5, requestVolume: 100 }
const failurePercentage: FailurePercentageConfig = {
  thresholdShare: 0.85,
  enforcementShare: 1,
  minimumHosts: 5,
  requestVolume: 50,
}
/** The defaults of gRFC A50. */
const usual: OutlierConfig = {
  intervalMs: 10_000,
  baseEjectionMs: 30_000,
  maxEjectionMs: 300_000,
  maxEjectionShare: 0.1,
  successRate,
  failurePercentage,
}
const bySuccess: OutlierConfig = { ...usual, failurePercentage: null }
const byFailure: OutlierConfig = { ...usual, successRate: null }

const keysOf = (count: number): string[] => Array.from({ length: count }, (_, number) => `endpoint-${number}`)

function detector(config: OutlierConfig, count: number, random = () => 0): OutlierDetector {
  const made = new OutlierDetector(config, random)
  made.update(keysOf(count))
  return made
}

/** Records calls: for each endpoint the number of successes and of failures. */
function calls(made: OutlierDetector, results: readonly (readonly [number, number])[]): void {
  for (const [index, [successes, failures]] of results.entries()) {
    for (let i = 0; i < successes; i++) made.record(`endpoint-${index}`, true)
    for (let i = 0; i < failures; i++) made.record(`endpoint-${index}`, false)
  }
}

const ejected = (made: OutlierDetector, count: number): string[] => keysOf(count).filter((key) => made.isEjected(key))
const fine = [100, 0] as const
const bad = [0, 100] as const

describe("ejection by success rate", () => {
  it("takes the endpoint far below the mean, and says why", () => {
    const made = detector(bySuccess, 5)
    calls(made, [fine, fine, bad, fine, fine])
    const changes = made.sweep(10_000)
    const why = "0 % of 100 calls succeeded; the mean of 5 endpoints is 80 %, and below 4 % an endpoint is an outlier"
    const ejection = { sinceMs: 10_000, untilMs: 40_000, why }
    expect(changes).toEqual([{ kind: "ejected", key: "endpoint-2", ejection }])
    expect(made.ejectionOf("endpoint-2")).toEqual(ejection)
  })

  it("takes none while all fail alike", () => {
    const made = detector(bySuccess, 6)
    calls(made, Array(6).fill([50, 50]))
    expect(made.sweep(0)).toEqual([])
  })

  it.each([
    ["four endpoints", 4, 100],
    ["99 calls", 6, 99],
  ])("takes none if there are only %s", (_words, hosts, volume) => {
    const made = detector(bySuccess, 6)
    calls(made, [[0, volume], ...Array<readonly [number, number]>(hosts - 1).fill([volume, 0])])
    expect(made.sweep(0)).toEqual([])
  })

  it("looks only at the calls since the last sweep", () => {
    const made = detector(bySuccess, 5)
    calls(made, [[0, 99], fine, fine, fine, fine])
    made.sweep(0)
    calls(made, [[0, 99], fine, fine, fine, fine])
    expect(made.sweep(10_000)).toEqual([])
  })
})

describe("ejection by failure percentage", () => {
  it("takes endpoints above the threshold, and says why", () => {
    const made = detector({ ...byFailure, maxEjectionShare: 1 }, 6)
    calls(made, [[14, 86], [15, 85], bad, fine, fine, fine])
    made.sweep(0)
    expect(ejected(made, 6)).toEqual(["endpoint-0", "endpoint-2"])
    expect(made.ejectionOf("endpoint-0")?.why).toBe("86 % of 100 calls failed; more than 85 % is too much")
  })

  it("takes none with too few calls or endpoints", () => {
    const made = detector(byFailure, 6)
    calls(made, [bad, fine, fine, fine])
    expect(made.sweep(0)).toEqual([])
    calls(made, [[0, 49], fine, fine, fine, fine, fine])
    expect(made.sweep(10_000)).toEqual([])
  })
})

describe("an ejection", () => {
  it("happens with the chance of its enforcement share", () => {
    for (const [random, count] of [
      [0.29, 1],
      [0.31, 0],
    ]) {
      const made = detector(
        { ...byFailure, failurePercentage: { ...failurePercentage, enforcementShare: 0.3 } },
        5,
        () => random,
      )
      calls(made, [bad, fine, fine, fine, fine])
      made.sweep(0)
      expect(ejected(made, 5)).toHaveLength(count)
    }
  })

  it.each([
    [0.1, 5, 1],
    [0.1, 20, 2],
    [0.5, 10, 5],
    [1, 5, 4],
  ])(
    "stays within the share %d of %d endpoints: %d, at least one, never the last",
    (maxEjectionShare, count, expected) => {
      const made = detector({ ...byFailure, maxEjectionShare }, count)
      calls(made, Array(count).fill(bad))
      made.sweep(0)
      expect(ejected(made, count)).toHaveLength(expected)
    },
  )

  it("never takes the only endpoint, whatever the settings are", () => {
    const made = detector(
      { ...byFailure, maxEjectionShare: 1, failurePercentage: { ...failurePercentage, minimumHosts: 1 } },
      1,
    )
    calls(made, [bad])
    expect(made.sweep(0)).toEqual([])
  })

  it("ends with the first sweep after its time", () => {
    const made = detector(byFailure, 5)
    calls(made, [bad, fine, fine, fine, fine])
    made.sweep(0)
    expect(made.sweep(30_000)).toEqual([])
    expect(made.isEjected("endpoint-0")).toBe(true)
    expect(made.sweep(30_001)).toEqual([{ kind: "returned", key: "endpoint-0" }])
    expect(made.isEjected("endpoint-0")).toBe(false)
  })

  it("is longer each time, up to a limit, and shorter again after quiet intervals", () => {
    const made = detector({ ...byFailure, maxEjectionMs: 70_000 }, 5)
    let nowMs = 0
    /** Length of the next ejection. */
    const next = (): number => {
      calls(made, [bad, fine, fine, fine, fine])
      made.sweep(nowMs)
      const { sinceMs, untilMs } = made.ejectionOf("endpoint-0") ?? { sinceMs: NaN, untilMs: NaN }
      nowMs = untilMs + 1
      made.sweep(nowMs)
      return untilMs - sinceMs
    }
    expect([next(), next(), next(), next()]).toEqual([30_000, 60_000, 70_000, 70_000])
    for (let quiet = 0; quiet < 3; quiet++) made.sweep((nowMs += 10_000))
    expect(next()).toBe(60_000)
  })

  it("lasts at least its base time, even if the limit is lower", () => {
    const made = detector({ ...byFailure, maxEjectionMs: 1_000 }, 5)
    calls(made, [bad, fine, fine, fine, fine])
    made.sweep(0)
    expect(made.ejectionOf("endpoint-0")?.untilMs).toBe(30_000)
  })

  it("outlives an update of the endpoints and a change of settings, and ends when no algorithm is left", () => {
    const made = detector(byFailure, 5)
    calls(made, [bad, fine, fine, fine, fine])
    made.sweep(0)
    made.update([...keysOf(5).toReversed(), "endpoint-5"])
    made.configure({ ...usual, baseEjectionMs: 1 })
    expect(ejected(made, 6)).toEqual(["endpoint-0"])
    made.configure({ ...usual, successRate: null, failurePercentage: null })
    expect(ejected(made, 6)).toEqual([])
    expect(made.sweep(10_000)).toEqual([])
  })

  it("is forgotten with its endpoint, and calls to an unknown endpoint are not counted", () => {
    const made = detector(byFailure, 5)
    calls(made, [bad, fine, fine, fine, fine])
    made.sweep(0)
    made.update(["endpoint-1"])
    made.record("endpoint-0", false)
    expect(made.isEjected("endpoint-0")).toBe(false)
  })

  it("never takes more than its share, and always leaves one endpoint, whatever happens", () => {
    const sweepOf = fc.array(fc.tuple(fc.nat(120), fc.nat(120)), { minLength: 8, maxLength: 8 })
    fc.assert(
      fc.property(
        fc.array(sweepOf, { maxLength: 10 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (sweeps, share) => {
          const made = detector({ ...usual, maxEjectionShare: share }, 8)
          for (const [index, results] of sweeps.entries()) {
            calls(made, results)
            made.sweep(index * 10_000)
            const count = ejected(made, 8).length
            expect(count).toBeLessThan(8)
            expect(count === 0 || (count - 1) / 8 < share).toBe(true)
          }
        },
      ),
      { numRuns: 50 },
    )
  })
})
