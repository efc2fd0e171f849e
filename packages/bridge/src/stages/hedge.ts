import { Code, emptyMetadata } from "@causeway/protocol"
import type { AttemptEnd } from "../core/call-record.ts"
import type { Handler, Timed } from "../core/call.ts"
import type { Reply, Status } from "../core/reply.ts"
import { repeatsOf } from "../core/call-repeats.ts"
import type { HedgingConfig } from "../core/retry-config.ts"
import type { Outcome } from "./attempt-outcome.ts"
import { codeOf, endsAttemptAlone, hasSucceeded, lastReply, outcomeOf, pushbackOf, whyOf } from "./attempt-outcome.ts"
import { isUnprocessed } from "./attempt-outcome.ts"
import { clientAttempts, keepEnd } from "./give-up-attempt.ts"
import { HedgedAttempt } from "./hedged-attempt.ts"
import type { AttemptRequest } from "./hedged-request.ts"
import { HedgedRequest } from "./hedged-request.ts"
import type { StopReason } from "./retry-policy.ts"
import { parsePushback } from "./retry-policy.ts"

/**
 * Begins further attempts while earlier ones still run, as the call's route asks, and takes the first answer (gRFC A6). On a route
 * without hedging it does nothing.
 */
export function hedge(next: Handler<Timed>): Handler<Timed> {
  return (call) => {
    const { hedging } = call.route
    if (hedging === null) return next(call)
    return new Promise((resolve, reject) => new HedgedCall(call, hedging, next, { resolve, reject }).begin())
  }
}

/** The two ends of a promise. */
interface Answer {
  resolve(reply: Reply): void
  reject(cause: unknown): void
}

/** The end of an attempt that the bridge ends because the call has its answer. */
const cancelled: Status = { code: Code.Canceled, message: "", metadata: emptyMetadata, error: null }

/** A call on a route with hedging. It owns the timer of the next attempt, and ends the attempts that lose. */
class HedgedCall {
  readonly #call: Timed
  readonly #config: HedgingConfig
  readonly #next: Handler<Timed>
  readonly #answer: Answer
  readonly #request: HedgedRequest
  readonly #clientAttempts: number
  readonly #running = new Set<HedgedAttempt>()
  /** Endpoints that attempts were sent to. */
  #tried: readonly string[] = []
  #started = 0
  /** The attempt that answers. */
  #winner: HedgedAttempt | null = null
  /** The last outcome of an attempt that a backend may have processed. */
  #processed: Outcome | null = null
  #timer: NodeJS.Timeout | null = null
  /** The upstream counts an attempt that has not begun. */
  #hasPermit = false
  /** Why no further attempt begins. Null: another one may. */
  #whyClosed: StopReason | null = null
  #isOver = false

  constructor(call: Timed, config: HedgingConfig, next: Handler<Timed>, answer: Answer) {
    this.#call = call
    this.#config = config
    this.#next = next
    this.#answer = answer
    this.#request = new HedgedRequest(call.request, (heir) => this.#goOnAlone(heir))
    this.#clientAttempts = clientAttempts(call)
  }

  begin(): void {
    this.#call.onEnd((end) => this.#callEnded(end))
    if (!this.#isOver) this.#start()
  }

  #start(): void {
    const previous = this.#clientAttempts + this.#started++
    if (this.#started > 1) repeatsOf(this.#call.record).hedges++
    for (const { record } of this.#running) this.#haveTried(record.endpoint)
    const attempt = new HedgedAttempt(this.#call, this.#request.forAttempt(), previous, this.#tried)
    attempt.isCounted = this.#hasPermit
    this.#hasPermit = false
    this.#running.add(attempt)
    this.#waitForNext()
    void this.#run(attempt)
  }

  async #run(attempt: HedgedAttempt): Promise<void> {
    try {
      const outcome = await outcomeOf(this.#next, attempt)
      if (this.#running.has(attempt)) this.#ended(attempt, outcome)
    } catch (cause) {
      this.#settle()
      this.#answer.reject(cause)
    }
  }

  #waitForNext(): void {
    this.#stopTimer()
    if (this.#whyClosed !== null || this.#started >= this.#config.maxAttempts) return
    this.#timer = setTimeout(() => this.#delayIsOver(), this.#config.delayMs)
  }

  #delayIsOver(): void {
    try {
      const why = this.#obstacle()
      if (why === null) this.#start()
      else this.#close(why)
    } catch (cause) {
      this.#call.crashed("hedging", cause)
    }
  }

  #ended(attempt: HedgedAttempt, outcome: Outcome): void {
    const { budget } = this.#call.route.upstream.retries
    if (hasSucceeded(outcome)) {
      budget.succeeded(this.#config.budget)
      this.#win(attempt, outcome, null)
      return
    }
    if (!isUnprocessed(outcome)) this.#processed = outcome
    const isAlone = endsAttemptAlone(outcome)
    if (isAlone && !this.#config.nonFatalCodes.includes(codeOf(outcome))) {
      this.#win(attempt, outcome, "status-not-retried")
      return
    }
    if (isAlone) budget.failed(this.#config.budget)
    const pushback = pushbackOf(outcome)
    const delayMs = pushback === null ? 0 : parsePushback(pushback)
    const why = !isAlone ? "status-not-retried" : delayMs === null ? "pushback" : this.#obstacle()
    if (why !== null) this.#close(why)
    if (why !== null && this.#running.size === 1) this.#win(attempt, outcome, why)
    else this.#leave(attempt, codeOf(outcome), whyOf(outcome))
    if (why === null) this.#startAfter(delayMs ?? 0)
  }

  /** The next attempt begins at once after one that failed, or after the time that the backend asks for. */
  #startAfter(delayMs: number): void {
    this.#stopTimer()
    if (delayMs === 0) this.#start()
    else this.#timer = setTimeout(() => this.#delayIsOver(), delayMs)
  }

  /** The reason why no further attempt begins. Null: the next one is counted now. */
  #obstacle(): StopReason | null {
    const { retries } = this.#call.route.upstream
    if (this.#whyClosed !== null) return this.#whyClosed
    if (this.#hasPermit) return null // the upstream counts the next attempt already: a backend has asked for a delay
    if (this.#started >= this.#config.maxAttempts) return "attempts-used-up"
    if (!this.#request.canReplay) return "request-not-kept"
    if (!retries.budget.mayRetry(this.#config.budget)) return "retry-budget-exhausted"
    if (!retries.tryBegin()) return "breaker-open"
    this.#hasPermit = true
    return null
  }

  #close(why: StopReason): void {
    this.#whyClosed ??= why
    this.#stopTimer()
    if (why !== "status-not-retried") this.#call.record.notRetried ??= why
  }

  /** The request is too long for several attempts: it goes on to this one alone. */
  #goOnAlone(heir: AttemptRequest): void {
    this.#close("request-not-kept")
    for (const attempt of this.#running) if (attempt.request !== heir) this.#lose(attempt)
  }

  /** Ends the call with this attempt's outcome, and the other attempts. */
  #win(winner: HedgedAttempt, outcome: Outcome, why: StopReason | null): void {
    this.#winner = winner
    this.#running.delete(winner)
    this.#count(winner)
    this.#settle()
    this.#request.stopKeeping()
    this.#call.record.endpoint = winner.record.endpoint
    if (why === null) this.#call.record.notRetried = null
    try {
      this.#answer.resolve(lastReply(outcome, this.#processed, why ?? "status-not-retried"))
    } catch (error) {
      this.#answer.reject(error)
    }
  }

  /** Nothing begins any more, and the attempts that still run lose. */
  #settle(): void {
    this.#giveUpNext()
    for (const attempt of this.#running) this.#lose(attempt)
  }

  #lose(attempt: HedgedAttempt): void {
    this.#leave(attempt, Code.Canceled, "another-was-first")
    attempt.end(cancelled)
  }

  /** The attempt is over, and the call goes on. */
  #leave(attempt: HedgedAttempt, code: number, why: AttemptEnd["why"]): void {
    this.#running.delete(attempt)
    this.#count(attempt)
    this.#haveTried(attempt.record.endpoint)
    keepEnd(this.#call.record, { endpoint: attempt.record.endpoint, code, why })
    attempt.request.detach()
  }

  /** Adds what an attempt has done to the record of the call, once it is over. */
  #count(attempt: HedgedAttempt): void {
    const { attempts, attemptEnds, isAnswered, repeats } = attempt.record
    const { record, route } = this.#call
    record.attempts += attempts
    record.isAnswered ||= isAnswered
    if (repeats !== null) repeatsOf(record).transparentRetries += repeats.transparentRetries
    for (const end of attemptEnds) keepEnd(record, end)
    if (attempt.isCounted) route.upstream.retries.ended()
    attempt.isCounted = false
  }

  #haveTried(endpoint: string | null): void {
    if (endpoint !== null && !this.#tried.includes(endpoint)) this.#tried = [...this.#tried, endpoint]
  }

  #callEnded(end: Status): void {
    this.#isOver = true
    this.#giveUpNext()
    for (const attempt of this.#running) {
      this.#count(attempt)
      this.#call.record.endpoint = attempt.record.endpoint ?? this.#call.record.endpoint
      attempt.end(end)
    }
    this.#running.clear()
    this.#winner?.end(end)
  }

  #giveUpNext(): void {
    this.#whyClosed ??= "call-over"
    this.#stopTimer()
    if (this.#hasPermit) this.#call.route.upstream.retries.ended()
    this.#hasPermit = false
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }
}
