import type { WeightedUpstream } from "./route-config.ts"
import { hashOf, mixHashes } from "../core/hash.ts"

/** A choice between upstreams by their weights. */
export interface Split {
  /** Index of an upstream. `random` is at least 0 and below 1. */
  byRandom(random: number): number
  /**
   * Index of the upstream for a hash: always the same one. If a weight grows, hashes move to that upstream only; if it shrinks,
   * they move away from that upstream only.
   */
  byHash(hash: number): number
}

/** Prepares the choice. At least one weight must be above 0; an upstream of weight 0 gets no call. */
export function createSplit(shares: readonly WeightedUpstream[]): Split {
  const weights = shares.map(({ weight }) => weight)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const last = weights.findLastIndex((weight) => weight > 0)
  // The place in the list does not count: it may change.
  const seeds = shares.map(({ upstream }) => hashOf(upstream))
  return {
    byRandom(random) {
      let rest = random * total
      for (let i = 0; i < last; i++) {
        rest -= weights[i]
        if (rest < 0) return i
      }
      return last // also if rounding has left a rest
    },
    byHash(hash) {
      let best = last
      let bestScore = -Infinity
      for (let i = 0; i <= last; i++) {
        const score = scoreOf(mixHashes(seeds[i], hash), weights[i])
        if (score > bestScore) [best, bestScore] = [i, score]
      }
      return best
    },
  }
}

/**
 * Weighted rendezvous hashing (Schindelhauer and Schomaker 2005): the highest score wins in proportion to the weights, and each
 * score depends on its own weight only.
 */
function scoreOf(hash: number, weight: number): number {
  return weight === 0 ? -Infinity : -weight / Math.log((hash + 0.5) / 2 ** 32)
}
