import type { BreakerConfig } from "./upstream-config.ts"

/** A count that a breaker bounds. */
export type BreakerLimit = "in-flight" | "queued" | "retries"

/** Bounds the calls of one upstream (Envoy: circuit breaker). Each `try` that succeeds needs its counterpart at the end. */
export class Breaker {
  #config: BreakerConfig
  readonly #counts: Record<BreakerLimit, number> = { "in-flight": 0, queued: 0, retries: 0 }
  readonly #refusals: Record<BreakerLimit, number> = { "in-flight": 0, queued: 0, retries: 0 }

  constructor(config: BreakerConfig) {
    this.#config = config
  }

  /** Uses other limits from the next call on. */
  configure(config: BreakerConfig): void {
    this.#config = config
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

  leave(limit: BreakerLimit): void {
    this.#counts[limit]--
  }

  /** Why the limit refuses a call, with the setting that raises it. */
  explain(limit: BreakerLimit): string {
    const { words, setting } = wordsOf[limit]
    return `${this.#counts[limit]} ${words}; this upstream allows ${this.#maxOf(limit)} (breaker.${setting})`
  }

  #maxOf(limit: BreakerLimit): number {
    return this.#config[wordsOf[limit].setting] ?? Infinity
  }
}

const wordsOf = {
  "in-flight": { words: "calls are in flight", setting: "maxInFlight" },
  queued: { words: "calls wait for a stream", setting: "maxQueued" },
  retries: { words: "retries are in flight", setting: "maxRetries" },
} as const
