/** Limits of a breaker. Null or missing: none. */
export interface BreakerLimits {
  /** Calls in flight, those that wait for a stream included. */
  readonly maxInFlight?: number | null
  /** Retries in flight, those in their back-off included. */
  readonly maxRetries?: number | null
}

/** A count that a breaker bounds. */
export type BreakerLimit = "in-flight" | "retries"

/**
 * Bounds the calls of one upstream (Envoy: circuit breaker). Each `tryEnter` that succeeds needs its `leave`. The waiting calls have a
 * bound of their own, in the dispatcher.
 */
export class Breaker {
  #limits: BreakerLimits
  readonly #counts: Record<BreakerLimit, number> = { "in-flight": 0, retries: 0 }
  readonly #refusals: Record<BreakerLimit, number> = { "in-flight": 0, retries: 0 }

  constructor(limits: BreakerLimits) {
    this.#limits = limits
  }

  /** Uses other limits from the next call on. */
  configure(limits: BreakerLimits): void {
    this.#limits = limits
  }

  /** Present counts, for metrics and the admin port. */
  get counts(): Readonly<Record<BreakerLimit, number>> {
    return this.#counts
  }

  /** Calls and retries that were refused so far. */
  get refusals(): Readonly<Record<BreakerLimit, number>> {
    return this.#refusals
  }

  /** Counts one more. False: the limit is reached, and nothing was counted. */
  tryEnter(limit: BreakerLimit): boolean {
    if (this.#counts[limit] >= this.#maxOf(limit)) {
      this.#refusals[limit]++
      return false
    }
    this.#counts[limit]++
    return true
  }

  /** True if the next one would be refused. */
  isOpen(limit: BreakerLimit): boolean {
    return this.#counts[limit] >= this.#maxOf(limit)
  }

  leave(limit: BreakerLimit): void {
    this.#counts[limit]--
  }

  /** Why the limit refuses a call, with the setting that raises it. */
  explain(limit: BreakerLimit): string {
    const { words, setting } = wordsOf[limit]
    return `${this.#counts[limit]} ${words}; this upstream allows ${this.#maxOf(limit)} (breaker.${setting})`
  }

  #maxOf(limit: BreakerLimit): number {
    return (limit === "in-flight" ? this.#limits.maxInFlight : this.#limits.maxRetries) ?? Infinity
  }
}

const wordsOf = {
  "in-flight": { words: "calls are in flight", setting: "max-in-flight" },
  retries: { words: "retries are in flight", setting: "max-retries" },
} as const
