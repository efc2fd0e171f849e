import type { RetryBudgetConfig } from "../core/retry-config.ts"
import type { RetryBudget } from "../core/upstream.ts"

/**
 * Stops retries while an upstream fails more calls than it serves (gRFC A6). Each failure takes a token, each success gives a part
 * of one back, and there are no retries while half of the tokens or more are gone. The bucket keeps the number of tokens that are
 * gone, so that routes with different settings share it, and settings may change at any time. Only calls on routes with retries
 * count.
 */
export class TokenBucket implements RetryBudget {
  #spent = 0

  /** Number of tokens that are gone. */
  get spent(): number {
    return this.#spent
  }

  mayRetry({ maxTokens }: RetryBudgetConfig): boolean {
    return this.#spent < maxTokens / 2
  }

  succeeded({ tokenRatio }: RetryBudgetConfig): void {
    this.#spent = Math.max(0, this.#spent - tokenRatio)
  }

  failed({ maxTokens }: RetryBudgetConfig): void {
    this.#spent = Math.max(this.#spent, Math.min(maxTokens, this.#spent + 1))
  }
}
