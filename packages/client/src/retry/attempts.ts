import type { DescMethod } from "@bufbuild/protobuf"
import { callError } from "../call-error.ts"
import { pushbackOf } from "../pushback.ts"
import type { RetryBudget } from "./retry-budget.ts"
import type { RetryPolicy } from "./retry-policy.ts"
import { wasNotProcessed } from "./was-not-processed.ts"

/** The attempts of one call, and whether there is to be another. */
export class Attempts {
  readonly #method: DescMethod
  readonly #policy: RetryPolicy
  readonly #budget: RetryBudget
  readonly #random: () => number
  #backoffs = 0
  /** How many have failed. */
  failed = 0

  constructor(method: DescMethod, policy: RetryPolicy, budget: RetryBudget, random: () => number) {
    this.#method = method
    this.#policy = policy
    this.#budget = budget
    this.#random = random
  }

  /** How long to wait before the next attempt after this one failed with `thrown`, in milliseconds; null: there is none. */
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
    // gRFC A6: the back-off begins anew after the server has said how long to wait.
    this.#backoffs = 0
    return pushback
  }

  /** 0 is IDEMPOTENCY_UNKNOWN: the enum itself would bring the descriptors of descriptor.proto into every page. */
  get #mayRepeat(): boolean {
    return this.#policy.mayRepeat ?? (this.#method.idempotency as number) !== 0
  }

  /**
   * The wait is anything up to this (gRFC A6; "full jitter"): the pages that lost the same server in one moment do not come
   * back in one.
   */
  #longestBackoffMs(backoffs: number): number {
    const { initialBackoffMs, maxBackoffMs, backoffMultiplier } = this.#policy
    return Math.min(maxBackoffMs, initialBackoffMs * backoffMultiplier ** backoffs)
  }
}
