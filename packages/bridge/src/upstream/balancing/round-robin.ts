import type { Candidate, Pick, Policy } from "./candidate.ts"
import { mayTake } from "./candidate.ts"
import { createSeed, seededOrder } from "./seeded-order.ts"
import { slowStartFactor } from "./slow-start.ts"

/** Each endpoint in turn. Weights are ignored. */
export class RoundRobin<C extends Candidate> implements Policy<C> {
  readonly #slowStartMs: number
  readonly #random: () => number
  readonly #seed: number
  #candidates: readonly C[] = []
  /** The place of the next turn. */
  #next: number

  constructor(slowStartMs: number, random: () => number) {
    this.#slowStartMs = slowStartMs
    this.#random = random
    this.#seed = createSeed(random)
    this.#next = createSeed(random)
  }

  update(candidates: readonly C[]): void {
    this.#candidates = seededOrder(candidates, this.#seed)
    this.#next = candidates.length === 0 ? 0 : this.#next % candidates.length
  }

  pick(pick: Pick, isPanicking: boolean, nowMs: number): C | null {
    return this.#turn(pick, isPanicking, nowMs, this.#slowStartMs) ?? this.#turn(pick, isPanicking, nowMs, 0)
  }

  /**
   * The next turn begins after the endpoint that is chosen. If it began after the place that was looked at first, the neighbour of
   * an endpoint that is skipped would get twice its share.
   */
  #turn(pick: Pick, isPanicking: boolean, nowMs: number, slowStartMs: number): C | null {
    const { length } = this.#candidates
    for (let step = 0; step < length; step++) {
      const at = (this.#next + step) % length
      const candidate = this.#candidates[at]
      if (!mayTake(candidate, pick, isPanicking)) continue
      const factor = slowStartFactor(candidate, slowStartMs, nowMs)
      if (factor < 1 && this.#random() >= factor) continue
      this.#next = (at + 1) % length
      return candidate
    }
    return null
  }
}
