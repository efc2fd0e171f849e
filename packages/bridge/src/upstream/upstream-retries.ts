import type { RetryLimits } from "../core/upstream.ts"
import type { Breaker } from "./breaker.ts"
import { TokenBucket } from "./token-bucket.ts"

/** The retries of one upstream: their budget, and the number of those in flight. */
export class UpstreamRetries implements RetryLimits {
  readonly budget: TokenBucket = new TokenBucket()
  readonly #breaker: Breaker

  constructor(breaker: Breaker) {
    this.#breaker = breaker
  }

  tryBegin(): boolean {
    return this.#breaker.tryEnter("retries")
  }

  ended(): void {
    this.#breaker.leave("retries")
  }
}
