import type { DescMethod } from "@bufbuild/protobuf"
import { callError } from "../call-error.ts"
import { pushbackOf } from "../pushback.ts"
import type { RetryBudget } from "./retry-budget.ts"
import type { RetryPolicy } from "./retry-policy.ts"
import { wasNotProcessed } from "./was-not-processed.ts"

/** Counts the attempts of one call, and decides whether to make another. */
export class Attempts {
  readonly #method: DescMethod
  readonly #policy: RetryPolicy
  readonly #budget: RetryBudget
  readonly #random: () => number
  #backoffs = 0
  /** The number of failed attempts. */
  failed = 0

  constructor(method: DescMethod, policy: RetryPolicy, budget: RetryBudget, random: () => number) {
    this.#method = method
    this.#policy = policy
    this.#budget = budget
    this.#random = random
  }

  /**
   * Records that an attempt failed with `thrown`. Returns the wait before the next attempt in milliseconds, or null if
   * there is none.
   */
  fail(thrown: unknown): number | null {
    this.failed++
    const { maxAttempts, retryableCodes } = this.#policy
    const error = callError(thrown)
    const isRetryable = retryableCodes.includes(error.code)
    const pushback = pushbackOf(error)
    if (isRetryable || pushback === "stop") this.#budget.failed()
    if (!isRetryable || pushback === "stop" || this.failed >= maxAttempts || !this.#budget.isOpen) return null
    if (!this.#mayRepeat && !wasNotProcessed(error)) return null
    if (pushback === undefined) return this.#random() * this.#longestBackoffMs(this.#backoffs++)
    // gRFC A6: after a pushback from the server the back-off starts again from its beginning.
    this.#backoffs = 0
    return pushback
  }

  /** 0 is IDEMPOTENCY_UNKNOWN. Importing the enum would add the descriptors of descriptor.proto to every bundle. */
  get #mayRepeat(): boolean {
    return this.#policy.mayRepeat ?? (this.#method.idempotency as number) !== 0
  }

  /**
   * The ceiling of the random wait (gRFC A6; "full jitter"): pages that lost a server together do not come back
   * together.
   */
  #longestBackoffMs(backoffs: number): number {
    const { initialBackoffMs, maxBackoffMs, backoffMultiplier } = this.#policy
    return Math.min(maxBackoffMs, initialBackoffMs * backoffMultiplier ** backoffs)
  }
}
