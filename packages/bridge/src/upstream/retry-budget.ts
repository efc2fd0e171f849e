/** Settings of a retry budget (gRFC A6: `retryThrottling`). */
export interface RetryBudgetOptions {
  readonly maxTokens: number
  /** Tokens that a success gives back. */
  readonly tokenRatio: number
}

/**
 * Stops retries while an upstream fails more calls than it serves (gRFC A6). Each failure takes a token, each success gives a part
 * of one back, and there are no retries while half of the tokens or more are gone.
 */
export class RetryBudget {
  #options: RetryBudgetOptions
  #tokens: number

  constructor(options: RetryBudgetOptions) {
    this.#options = options
    this.#tokens = options.maxTokens
  }

  /** Uses other settings. The tokens that are left keep their share. */
  configure(options: RetryBudgetOptions): void {
    this.#tokens *= options.maxTokens / this.#options.maxTokens
    this.#options = options
  }

  get tokens(): number {
    return this.#tokens
  }

  get mayRetry(): boolean {
    return this.#tokens > this.#options.maxTokens / 2
  }

  /** A call has succeeded. */
  succeeded(): void {
    this.#tokens = Math.min(this.#options.maxTokens, this.#tokens + this.#options.tokenRatio)
  }

  /** An attempt has failed with a status that is retried, or the backend has asked for no retry. */
  failed(): void {
    this.#tokens = Math.max(0, this.#tokens - 1)
  }
}
