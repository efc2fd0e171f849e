import type { Handler, Timed } from "../core/call.ts"
import type { Reply } from "../core/reply.ts"
import { repeatsOf } from "../core/call-repeats.ts"
import type { RetryConfig } from "../core/retry-config.ts"
import type { Outcome } from "./attempt-outcome.ts"
import { codeOf, endsAttemptAlone, hasSucceeded, isUnprocessed, lastReply, outcomeOf } from "./attempt-outcome.ts"
import { pushbackOf, whyOf } from "./attempt-outcome.ts"
import { clientAttempts, giveUpAttempt } from "./give-up-attempt.ts"
import type { RetryDecision, StopReason } from "./retry-policy.ts"
import { decideRetry } from "./retry-policy.ts"

/**
 * Repeats failed attempts as the call's route allows, until the backend sends its response headers (gRFC A6). On a route without
 * retries it does nothing.
 */
export function retry(next: Handler<Timed>, random: () => number = Math.random): Handler<Timed> {
  return (call) => {
    const { retry: config } = call.route
    return config === null ? next(call) : new RetriedCall(call, config, next, random).run()
  }
}

/** A call on a route with retries. It owns the timer of the back-off. */
class RetriedCall {
  readonly #call: Timed
  readonly #config: RetryConfig
  readonly #next: Handler<Timed>
  readonly #random: () => number
  /** Retries of the client. */
  readonly #clientAttempts: number
  #attempts = 0
  /** Back-offs since the last delay that the backend chose. */
  #backoffs = 0
  /** The last outcome of an attempt that a backend may have processed. */
  #processed: Outcome | null = null
  #timer: NodeJS.Timeout | null = null
  /** The upstream counts a retry of this call. */
  #isCounted = false
  #isOver = false

  constructor(call: Timed, config: RetryConfig, next: Handler<Timed>, random: () => number) {
    this.#call = call
    this.#config = config
    this.#next = next
    this.#random = random
    this.#clientAttempts = clientAttempts(call)
  }

  async run(): Promise<Reply> {
    const { budget } = this.#call.route.upstream.retries
    for (;;) {
      const outcome = await this.#attempt()
      if (hasSucceeded(outcome)) {
        budget.succeeded(this.#config.budget)
        return outcome
      }
      const decision = this.#decide(outcome)
      if (decision.kind === "stop") return this.#end(outcome, decision.why)
      const repeats = repeatsOf(this.#call.record)
      repeats.retries++
      repeats.delayMs += decision.delayMs
      giveUpAttempt(this.#call, codeOf(outcome), whyOf(outcome))
      this.#call.previousAttempts = this.#clientAttempts + this.#attempts
      await this.#pause(decision.delayMs)
    }
  }

  async #attempt(): Promise<Outcome> {
    this.#attempts++
    try {
      return await outcomeOf(this.#next, this.#call)
    } finally {
      this.#uncount()
    }
  }

  #decide(outcome: Outcome): RetryDecision {
    if (!isUnprocessed(outcome)) this.#processed = outcome
    if (!endsAttemptAlone(outcome)) return { kind: "stop", why: "status-not-retried" }
    const failed = {
      attempts: this.#attempts,
      backoffs: this.#backoffs,
      code: codeOf(outcome),
      pushback: pushbackOf(outcome),
    }
    const decision = decideRetry(failed, this.#config, this.#call.route.upstream.retries.budget, this.#random)
    if (decision.kind === "stop") return decision
    this.#backoffs = decision.isPushback ? 0 : this.#backoffs + 1
    const why = this.#obstacle(decision.delayMs)
    return why === null ? decision : { kind: "stop", why }
  }

  /** The reason why there is no retry, although the policy allows one. Null: it is counted now. */
  #obstacle(delayMs: number): StopReason | null {
    const { request, deadline, route } = this.#call
    if (this.#attempts === 1) this.#call.onEnd(() => this.#callEnded())
    if (this.#isOver) return "call-over"
    if (!request.canReplay) return "request-not-kept"
    if (performance.now() + delayMs >= deadline) return "deadline"
    if (!route.upstream.retries.tryBegin()) return "breaker-open"
    this.#isCounted = true
    return null
  }

  /** Never ends if the call ends first: there is nobody to answer then. */
  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#timer = setTimeout(resolve, delayMs)
    })
  }

  #callEnded(): void {
    this.#isOver = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#uncount()
  }

  #uncount(): void {
    if (this.#isCounted) this.#call.route.upstream.retries.ended()
    this.#isCounted = false
  }

  #end(outcome: Outcome, why: StopReason): Reply {
    if (why !== "status-not-retried") this.#call.record.notRetried = why
    return lastReply(outcome, this.#processed, why)
  }
}
