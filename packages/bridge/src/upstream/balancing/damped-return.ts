/** Time in which a level that has recovered gets all calls back. */
const returnMs = 10_000

/**
 * Loads of levels over time. Calls leave a failing level at once and come back little by little: caches of its endpoints are
 * cold, its connections are few, and a level that fails again has then taken few calls with it. They come back faster only if the
 * levels after it cannot carry them.
 */
export class DampedReturn {
  /** For each level: the part of the calls that it and the levels before it get. */
  #upTo: number[] = []
  #atMs = 0

  /** Forgets the loads of before. */
  reset(): void {
    this.#upTo = []
  }

  /** The loads at this time. `loads` and `capacities` are those of `levelLoads`. */
  approach(loads: readonly number[], capacities: readonly number[], nowMs: number): readonly number[] {
    const step = (nowMs - this.#atMs) / returnMs
    this.#atMs = nowMs
    const before = this.#upTo
    let target = 0
    let capacityAfter = capacities.reduce((a, b) => a + b, 0)
    this.#upTo = loads.map((load, level) => {
      target += load
      capacityAfter -= capacities[level]
      const damped = before.length === 0 ? target : Math.min(target, before[level] + step)
      return Math.max(damped, Math.min(target, 1 - capacityAfter))
    })
    return this.#upTo.map((upTo, level) => partOf(upTo - (level === 0 ? 0 : this.#upTo[level - 1])))
  }
}

/** Sums of fractions are not exact: a difference may be a little above or below 0 that should be 0. */
function partOf(difference: number): number {
  return difference < 1e-9 ? 0 : difference
}
