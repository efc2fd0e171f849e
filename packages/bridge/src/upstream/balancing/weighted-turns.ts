import type { Candidate, Pick } from "./candidate.ts"
import { mayTake } from "./candidate.ts"
import { Edf } from "./edf.ts"

/** The present weight of a candidate, above 0. `index` is its place in the list. */
export type WeightOf<C> = (candidate: C, index: number, nowMs: number) => number

/** Turns in proportion to weights that may change between turns. */
export class WeightedTurns<C extends Candidate> {
  readonly #weightOf: WeightOf<C>
  readonly #random: () => number
  readonly #edf = new Edf()
  #candidates: readonly C[] = []
  #hasStarted = true

  constructor(weightOf: WeightOf<C>, random: () => number) {
    this.#weightOf = weightOf
    this.#random = random
  }

  /** Starts again with these candidates, and with the weights that they have at the next pick. */
  reset(candidates: readonly C[]): void {
    this.#candidates = candidates
    this.#hasStarted = false
  }

  /** A turn of a candidate that may not take the call passes, so that the shares of the others stay in proportion. */
  pick(pick: Pick, isPanicking: boolean, nowMs: number): C | null {
    if (!this.#hasStarted) this.#start(nowMs)
    const { length } = this.#candidates
    for (let turn = 0; turn < length; turn++) {
      const index = this.#edf.next
      const candidate = this.#candidates[index]
      this.#edf.advance(this.#weightOf(candidate, index, nowMs))
      if (mayTake(candidate, pick, isPanicking)) return candidate
    }
    return this.#search(pick, isPanicking, nowMs)
  }

  #start(nowMs: number): void {
    const weights = this.#candidates.map((candidate, index) => this.#weightOf(candidate, index, nowMs))
    this.#edf.reset(weights, this.#random)
    this.#hasStarted = true
  }

  /** Some candidates have many turns before the others have one. */
  #search(pick: Pick, isPanicking: boolean, nowMs: number): C | null {
    let found = -1
    for (let index = 0; index < this.#candidates.length; index++) {
      if (!mayTake(this.#candidates[index], pick, isPanicking)) continue
      if (found === -1 || this.#edf.deadlineOf(index) < this.#edf.deadlineOf(found)) found = index
    }
    if (found === -1) return null
    const candidate = this.#candidates[found]
    this.#edf.advanceMember(found, this.#weightOf(candidate, found, nowMs))
    return candidate
  }
}
