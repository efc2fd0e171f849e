import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { anyCall, candidate, candidates, chosen, repeatable, tally } from "../../../test/support/candidates.ts"
import type { TestCandidate } from "../../../test/support/candidates.ts"
import type { LevelOptions } from "./levels.ts"
import { Levels } from "./levels.ts"
import { RoundRobin } from "./round-robin.ts"

/** `counts` endpoints in each priority. */
function priorities(...counts: number[]): TestCandidate[][] {
  return counts.map((count, priority) =>
    Array.from({ length: count }, (_, number) => candidate(`10.0.${priority}.${number}:1`, { priority })),
  )
}

function levels(list: TestCandidate[], options: Partial<LevelOptions> = {}): Levels<TestCandidate> {
  const random = repeatable()
  const made = new Levels<TestCandidate>(
    () => new RoundRobin(0, random),
    { zone: null, panicThreshold: 0.5, ...options },
    random,
  )
  made.update(list)
  return made
}

const fail = (list: TestCandidate[], count: number): void => {
  for (const [index, one] of list.entries()) one.isHealthy = index >= count
}

const sharesOf = (made: Levels<TestCandidate>, nowMs: number): number[] => made.shares(nowMs).map(({ share }) => share)

describe("levels", () => {
  it.each([
    [0, [1, 0]],
    [2, [1, 0]],
    [3, [0.98, 0.02]],
    [5, [0.7, 0.3]],
    [8, [0.28, 0.72]],
    [10, [0, 1]],
  ])("spill over by share: with %d of 10 endpoints unhealthy the shares are %j", (failed, shares) => {
    const [first, second] = priorities(10, 5)
    const made = levels([...first, ...second])
    fail(first, failed)
    for (const [index, share] of sharesOf(made, 0).entries()) expect(share).toBeCloseTo(shares[index], 10)
    const counts = tally(5_000, () => made.pick(anyCall, 0))
    const taken = first.reduce((sum, { key }) => sum + (counts[key] ?? 0), 0) / 5_000
    expect(taken).toBeCloseTo(shares[0], 1)
    for (const { key, isHealthy } of first) if (!isHealthy) expect(counts[key]).toBeUndefined()
  })

  it("put the bridge's own zone before the others of a priority, and each priority before the next", () => {
    const list = [
      candidate("far", { zone: "eu-2" }),
      candidate("near", { zone: "eu-1" }),
      candidate("spare", { zone: "eu-1", priority: 7 }),
      candidate("nowhere"),
    ]
    const made = levels(list, { zone: "eu-1" })
    expect(made.shares(0)).toEqual([
      { level: "priority 0, zone eu-1", share: 1, healthy: 1, total: 1, isPanicking: false },
      { level: "priority 0, other zones", share: 0, healthy: 2, total: 2, isPanicking: false },
      { level: "priority 7, zone eu-1", share: 0, healthy: 1, total: 1, isPanicking: false },
    ])
    list[1].isHealthy = false
    expect(Object.keys(tally(10, () => made.pick(anyCall, 1))).sort()).toEqual(["far", "nowhere"])
    list[0].isHealthy = list[3].isHealthy = false
    expect(Object.keys(tally(10, () => made.pick(anyCall, 2)))).toEqual(["spare"])
  })

  it("name all levels by their priority if the bridge has no zone", () => {
    expect(levels(candidates(2, { zone: "eu-2", priority: 3 })).shares(0)).toEqual([
      { level: "priority 3", share: 1, healthy: 2, total: 2, isPanicking: false },
    ])
  })

  it("ignore health in a level below the panic threshold, once all levels together cannot carry the calls", () => {
    const [first, second] = priorities(10, 10)
    const made = levels([...first, ...second])
    fail(first, 8)
    fail(second, 7)
    expect(made.shares(0).map(({ isPanicking }) => isPanicking)).toEqual([true, true])
    expect(sharesOf(made, 0)).toEqual([0.5, 0.5])
    expect(Object.keys(tally(1_000, () => made.pick(anyCall, 0)))).toHaveLength(20)
    fail(second, 2)
    expect(made.shares(1).map(({ isPanicking }) => isPanicking)).toEqual([false, false])
    expect(Object.keys(tally(1_000, () => made.pick(anyCall, 1)))).toHaveLength(10)
  })

  it("share the calls by numbers of endpoints when all of them are unhealthy", () => {
    const [first, second] = priorities(6, 2)
    const made = levels([...first, ...second])
    fail(first, 6)
    fail(second, 2)
    expect(sharesOf(made, 0)).toEqual([0.75, 0.25])
  })

  it("have no endpoint for a call without a healthy one if the panic threshold is 0", () => {
    const list = candidates(3, { isHealthy: false })
    const made = levels(list, { panicThreshold: 0 })
    expect(made.pick(anyCall, 0)).toBeNull()
    expect(made.shares(0)).toEqual([{ level: "priority 0", share: 0, healthy: 0, total: 3, isPanicking: false }])
    expect(levels([]).pick(anyCall, 0)).toBeNull()
    expect(levels([]).shares(0)).toEqual([])
  })

  it("let calls wait for a healthy level without room, and use the next level as soon as it is unhealthy", () => {
    const [first, second] = priorities(2, 2)
    const made = levels([...first, ...second])
    for (const one of first) one.hasRoom = false
    expect(made.pick(anyCall, 0)).toBeNull()
    fail(first, 2)
    expect(chosen(made.pick(anyCall, 1))?.priority).toBe(1)
  })

  it("use another level with a share while one has no room", () => {
    const [first, second] = priorities(10, 2)
    const made = levels([...first, ...second])
    fail(first, 5)
    for (const one of first) one.hasRoom = false
    for (let i = 0; i < 100; i++) expect(chosen(made.pick(anyCall, 0))?.priority).toBe(1)
  })

  it("send a repeated call to an endpoint that it has not tried: in its level, then in the next, then anywhere", () => {
    const [first, second] = priorities(2, 1)
    const made = levels([...first, ...second])
    const keys = [...first, ...second].map(({ key }) => key)
    expect(chosen(made.pick({ hash: 0, avoid: [keys[0]] }, 0))?.key).toBe(keys[1])
    expect(chosen(made.pick({ hash: 0, avoid: [keys[0], keys[1]] }, 0))?.key).toBe(keys[2])
    expect(chosen(made.pick({ hash: 0, avoid: keys }, 0))?.priority).toBe(0)
  })

  it("notice a change of health within 50 ms, and let no call go to an unhealthy endpoint before", () => {
    const [first, second] = priorities(4, 4)
    const made = levels([...first, ...second])
    made.pick(anyCall, 0)
    fail(first, 3)
    for (let i = 0; i < 100; i++) expect(chosen(made.pick(anyCall, 49))?.isHealthy).toBe(true)
    const counts = tally(1_000, () => made.pick(anyCall, 50))
    expect(counts[first[3].key] / 1_000).toBeCloseTo(0.35, 1)
  })

  it("give a level that recovers its calls back over ten seconds", () => {
    const [first, second] = priorities(4, 4)
    const made = levels([...first, ...second])
    fail(first, 4)
    expect(sharesOf(made, 0)).toEqual([0, 1])
    fail(first, 0)
    expect(sharesOf(made, 1_000)[0]).toBeCloseTo(0.1)
    expect(sharesOf(made, 5_000)[0]).toBeCloseTo(0.5)
    expect(sharesOf(made, 10_000)).toEqual([1, 0])
  })

  it("give it back at once if the level after it fails", () => {
    const [first, second] = priorities(4, 4)
    const made = levels([...first, ...second])
    fail(first, 4)
    sharesOf(made, 0)
    fail(first, 0)
    fail(second, 4)
    expect(sharesOf(made, 1_000)).toEqual([1, 0])
  })

  it("have full shares from the start, and after an update that brings a level", () => {
    const [first, second] = priorities(4, 4)
    const made = levels(second)
    expect(sharesOf(made, 0)).toEqual([1])
    made.update([...first, ...second])
    expect(sharesOf(made, 1)).toEqual([1, 0])
  })

  it("go on with a damped return over updates that change endpoints within levels", () => {
    const [first, second] = priorities(4, 4)
    const made = levels([...first, ...second])
    fail(first, 4)
    sharesOf(made, 0)
    fail(first, 0)
    made.update([...first.slice(1), ...second])
    expect(sharesOf(made, 1_000)[0]).toBeCloseTo(0.1)
  })

  it("always have shares that add up to one, and send no call to an unhealthy endpoint outside of a panic", () => {
    const endpoint = fc.record({
      priority: fc.integer({ min: 0, max: 3 }),
      isHealthy: fc.boolean(),
      hasRoom: fc.boolean(),
    })
    fc.assert(
      fc.property(
        fc.array(fc.array(endpoint, { minLength: 5, maxLength: 5 }), { minLength: 1, maxLength: 8 }),
        (steps) => {
          const list = candidates(5)
          for (const [index, one] of list.entries()) one.priority = steps[0][index].priority
          const made = levels(list)
          for (const [step, states] of steps.entries()) {
            for (const [index, { isHealthy, hasRoom }] of states.entries())
              Object.assign(list[index], { isHealthy, hasRoom })
            const nowMs = step * 700
            const shares = made.shares(nowMs)
            expect(shares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6)
            const isPanicking = shares.some((level) => level.isPanicking)
            const found = chosen(made.pick(anyCall, nowMs))
            if (found !== null) expect(found.hasRoom && (found.isHealthy || isPanicking)).toBe(true)
            if (list.every(({ hasRoom }) => hasRoom)) expect(found).not.toBeNull()
          }
        },
      ),
    )
  })
})
