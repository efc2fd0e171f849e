import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { hashOf } from "../core/hash.ts"
import { createSplit } from "./split.ts"

const calls = 10_000

describe("createSplit", () => {
  const weightLists = fc
    .array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 6 })
    .filter((weights) => weights.some((weight) => weight > 0))

  it("keeps to the weights over 10,000 random choices", () => {
    fc.assert(
      fc.property(weightLists, fc.integer(), (weights, seed) => {
        const split = splitOf(weights)
        const random = seeded(seed)
        expectShares(
          weights,
          Array.from({ length: calls }, () => split.byRandom(random())),
        )
      }),
      { seed: 3, numRuns: 100 },
    )
  })

  it("keeps to the weights over 10,000 users by hash", () => {
    fc.assert(
      fc.property(weightLists, fc.string({ maxLength: 8 }), (weights, prefix) => {
        const split = splitOf(weights)
        expectShares(
          weights,
          Array.from({ length: calls }, (_, i) => split.byHash(hashOf(`${prefix}user-${i}`))),
        )
      }),
      { seed: 5, numRuns: 100 },
    )
  })

  it("reaches each share at its edges, and never an upstream of weight 0", () => {
    const split = splitOf([0, 1, 0, 3, 0])
    expect([0, 0.2499, 0.25, 1 - 2 ** -53].map((random) => split.byRandom(random))).toEqual([1, 1, 3, 3])
    const uneven = splitOf([0.1, 0.2, 0.7, 0])
    expect(uneven.byRandom(1 - 2 ** -53)).toBe(2)
  })

  it("gives one hash always the same upstream, wherever it stands in the list", () => {
    const [there, back] = [
      ["a", "b", "c"],
      ["c", "a", "b"],
    ].map((names) => createSplit(names.map((upstream) => ({ upstream, weight: 1 }))))
    for (let i = 0; i < 1_000; i++) {
      const hash = hashOf(`user-${i}`)
      expect("abc"[there.byHash(hash)]).toBe("cab"[back.byHash(hash)])
    }
  })

  it("moves users only to an upstream whose weight grows, or away from one whose weight shrinks", () => {
    fc.assert(
      fc.property(weightLists, fc.nat(), fc.integer({ min: 1, max: 100 }), (weights, index, weight) => {
        const at = index % weights.length
        const [before, after] = [splitOf(weights), splitOf(weights.with(at, weight))]
        for (let i = 0; i < 500; i++) {
          const hash = hashOf(`user-${i}`)
          const [from, to] = [before.byHash(hash), after.byHash(hash)]
          if (from !== to) expect(weight > weights[at] ? to : from).toBe(at)
        }
      }),
      { seed: 7, numRuns: 100 },
    )
  })
})

function splitOf(weights: readonly number[]): ReturnType<typeof createSplit> {
  return createSplit(weights.map((weight, i) => ({ upstream: `v${i}`, weight })))
}

/** Every count lies within five standard deviations of the binomial distribution: one in two million lies outside. */
function expectShares(weights: readonly number[], chosen: readonly number[]): void {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  weights.forEach((weight, i) => {
    const share = weight / total
    const count = chosen.filter((at) => at === i).length
    expect(Math.abs(count - calls * share)).toBeLessThanOrEqual(5 * Math.sqrt(calls * share * (1 - share)))
  })
}

/** Random numbers from a seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
