import type { Candidate, Pick, Policy } from "./candidate.ts"
import { mayTake } from "./candidate.ts"
import { slowStartFactor } from "./slow-start.ts"
import { WeightedTurns } from "./weighted-turns.ts"

/** Random draws before a search through all candidates. */
const maxDraws = 5

/**
 * The endpoint with fewer calls in flight of two that are drawn at random. With unequal weights the first is drawn in proportion to
 * its weight, and calls in flight count in proportion to weights, so that the shares hold whether endpoints are idle or busy.
 */
export class LeastRequests<C extends Candidate> implements Policy<C> {
  readonly #slowStartMs: number
  readonly #random: () => number
  readonly #turns: WeightedTurns<C>
  #candidates: readonly C[] = []
  #hasEqualWeights = true

  constructor(slowStartMs: number, random: () => number) {
    this.#slowStartMs = slowStartMs
    this.#random = random
    const weightOf = (candidate: C, _index: number, nowMs: number): number =>
      candidate.weight * slowStartFactor(candidate, slowStartMs, nowMs)
    this.#turns = new WeightedTurns(weightOf, random)
  }

  update(candidates: readonly C[]): void {
    this.#candidates = candidates
    this.#hasEqualWeights = candidates.every(({ weight }) => weight === candidates[0].weight)
    if (!this.#hasEqualWeights) this.#turns.reset(candidates)
  }

  pick(pick: Pick, isPanicking: boolean, nowMs: number): C | null {
    const first = this.#hasEqualWeights
      ? (this.#draw(null, pick, isPanicking, nowMs) ?? this.#search(pick, isPanicking))
      : this.#turns.pick(pick, isPanicking, nowMs)
    if (first === null) return null
    const second = this.#draw(first, pick, isPanicking, nowMs)
    return second !== null && isBetter(second, first) ? second : first
  }

  /** A warming endpoint is drawn less often. Null: no draw met an endpoint other than `first` that may take the call. */
  #draw(first: C | null, pick: Pick, isPanicking: boolean, nowMs: number): C | null {
    const { length } = this.#candidates
    if (length === 0 || (first !== null && length === 1)) return null
    for (let draw = 0; draw < maxDraws; draw++) {
      let at = Math.floor(this.#random() * length)
      if (this.#candidates[at] === first) at = (at + 1 + Math.floor(this.#random() * (length - 1))) % length
      const candidate = this.#candidates[at]
      if (!mayTake(candidate, pick, isPanicking)) continue
      const factor = slowStartFactor(candidate, this.#slowStartMs, nowMs)
      if (factor === 1 || this.#random() < factor) return candidate
    }
    return null
  }

  /** The endpoint with the fewest calls of all, from a random place on. */
  #search(pick: Pick, isPanicking: boolean): C | null {
    const { length } = this.#candidates
    const start = Math.floor(this.#random() * length)
    let best: C | null = null
    for (let step = 0; step < length; step++) {
      const candidate = this.#candidates[(start + step) % length]
      if (!mayTake(candidate, pick, isPanicking)) continue
      if (best === null || candidate.inFlight < best.inFlight) best = candidate
    }
    return best
  }
}

/** With the call the endpoint would be no busier than the other one is without it. */
function isBetter(endpoint: Candidate, other: Candidate): boolean {
  return (endpoint.inFlight + 1) * other.weight <= other.inFlight * endpoint.weight
}
