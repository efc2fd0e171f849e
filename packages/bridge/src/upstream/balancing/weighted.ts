import type { Candidate, Pick, Policy } from "./candidate.ts"
import { LoadWeight } from "./load-weight.ts"
import { slowStartFactor } from "./slow-start.ts"
import { WeightedTurns } from "./weighted-turns.ts"

/** Interval at which reported weights are looked at (gRFC A58: `weight_update_period`). */
const updateMs = 1_000

/** Settings of `Weighted`. */
export interface WeightedOptions {
  readonly usesLoadReports: boolean
  readonly slowStartMs: number
}

/** Turns in proportion to the configured weights or, while endpoints report their load, to those that follow from it (gRFC A58). */
export class Weighted<C extends Candidate> implements Policy<C> {
  readonly #usesLoadReports: boolean
  readonly #turns: WeightedTurns<C>
  #candidates: readonly C[] = []
  /** Weights of the candidates without slow start. */
  #weights: number[] = []
  #loads = new Map<string, LoadWeight>()
  #updatedMs = -Infinity

  constructor(config: WeightedOptions, random: () => number) {
    this.#usesLoadReports = config.usesLoadReports
    const weightOf = (candidate: C, index: number, nowMs: number): number =>
      this.#weights[index] * slowStartFactor(candidate, config.slowStartMs, nowMs)
    this.#turns = new WeightedTurns(weightOf, random)
  }

  update(candidates: readonly C[]): void {
    this.#candidates = candidates
    this.#weights = candidates.map(({ weight }) => weight)
    this.#turns.reset(candidates)
    if (!this.#usesLoadReports) return
    this.#loads = new Map(candidates.map(({ key }) => [key, this.#loads.get(key) ?? new LoadWeight()]))
    this.#updatedMs = -Infinity
  }

  pick(pick: Pick, isPanicking: boolean, nowMs: number): C | null {
    if (this.#usesLoadReports && nowMs - this.#updatedMs >= updateMs) this.#readReports(nowMs)
    return this.#turns.pick(pick, isPanicking, nowMs)
  }

  /** An endpoint without a report gets the mean weight. With fewer than two reports the configured weights hold. */
  #readReports(nowMs: number): void {
    this.#updatedMs = nowMs
    let reported = 0
    let sum = 0
    for (const [index, { key, load, readySinceMs }] of this.#candidates.entries()) {
      const loadWeight = this.#loads.get(key)
      loadWeight?.update(load, readySinceMs, nowMs)
      const weight = loadWeight?.at(nowMs) ?? 0
      this.#weights[index] = weight
      sum += weight
      if (weight > 0) reported++
    }
    for (const [index, { weight }] of this.#candidates.entries()) {
      if (reported < 2) this.#weights[index] = weight
      else if (this.#weights[index] === 0) this.#weights[index] = sum / reported
    }
    this.#turns.reset(this.#candidates)
  }
}
