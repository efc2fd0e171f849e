/** An endpoint's health by active checks. Unknown: no check has ended yet. */
export type Health = "unknown" | "healthy" | "unhealthy"

/** Numbers of results in a row that change the state. */
export interface HealthThresholds {
  readonly unhealthyAfter: number
  readonly healthyAfter: number
}

/** Turns results of checks into a state. The first result decides at once, later changes need several results in a row. */
export class HealthState {
  readonly #thresholds: HealthThresholds
  #health: Health = "unknown"
  /** Results in a row that contradict the state. */
  #contrary = 0

  constructor(thresholds: HealthThresholds) {
    this.#thresholds = thresholds
  }

  get health(): Health {
    return this.#health
  }

  /** Takes in a result that decides at once. */
  decide(isServing: boolean): void {
    this.#health = isServing ? "healthy" : "unhealthy"
    this.#contrary = 0
  }

  /** Takes in a result. True: the state has changed. */
  record(isServing: boolean): boolean {
    const result = isServing ? "healthy" : "unhealthy"
    if (result === this.#health) {
      this.#contrary = 0
      return false
    }
    this.#contrary++
    const needed = isServing ? this.#thresholds.healthyAfter : this.#thresholds.unhealthyAfter
    if (this.#health !== "unknown" && this.#contrary < needed) return false
    this.#health = result
    this.#contrary = 0
    return true
  }
}
