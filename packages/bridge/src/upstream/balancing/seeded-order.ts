import { hashOf, mixHashes } from "../../core/hash.ts"
import type { Candidate } from "./candidate.ts"

/** A number for `seededOrder`. */
export function createSeed(random: () => number): number {
  return Math.floor(random() * 2 ** 32)
}

/**
 * The candidates in an order that depends on the seed. Each bridge has another seed, so that a fleet of bridges does not go through
 * the endpoints in step. An update changes only the places of those that come and go.
 */
export function seededOrder<C extends Candidate>(candidates: readonly C[], seed: number): readonly C[] {
  const ranked = candidates.map((candidate) => ({ candidate, rank: mixHashes(seed, hashOf(candidate.key)) }))
  ranked.sort((a, b) => a.rank - b.rank)
  return ranked.map(({ candidate }) => candidate)
}
