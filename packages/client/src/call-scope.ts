import type { ConnectError } from "@connectrpc/connect"
import { Code } from "@causeway/protocol"
import { abortError } from "./abort-error.ts"
import { callError } from "./call-error.ts"
import { isConnectError, RpcError } from "./rpc-error.ts"

/**
 * The longest delay of a timer, in milliseconds. Timers may stop while a laptop sleeps, so the clocks are read at least
 * this often. A timer above 2^31 ms would fire at once.
 */
export const maxTimerMs = 15_000

/**
 * One call from its start to its end. It owns the signal that aborts when the call ends, the timer of the deadline, and
 * the listener on the caller's signal. A call ends with success, with an error, by its deadline, or by the caller's
 * signal; the first of these counts.
 */
export class CallScope {
  readonly #controller = new AbortController()
  readonly #parent: AbortSignal | undefined
  readonly #timeoutMs: number
  /** When the deadline passes, on the clock of `performance.now()`; Infinity: never. */
  readonly #deadlineAt: number
  /**
   * When the deadline passes by the wall clock. The wall clock goes on while a laptop sleeps; the other clock may not.
   */
  readonly #deadlineDate: number
  /** Rejects each promise that `outcome` has returned and that is still pending. */
  readonly #waiting = new Set<(error: ConnectError) => void>()
  #timer: ReturnType<typeof setTimeout> | undefined

  /**
   * `timeoutMs`: 0, Infinity and undefined mean no deadline. A negative value has already passed: a caller that
   * computed its remaining time does not want to wait for ever, as connect would.
   */
  constructor(parent: AbortSignal | undefined, timeoutMs: number | undefined) {
    this.#parent = parent
    this.#timeoutMs = timeoutMs === undefined || timeoutMs === 0 ? Infinity : timeoutMs
    this.#deadlineAt = performance.now() + this.#timeoutMs
    this.#deadlineDate = Date.now() + this.#timeoutMs
    parent?.addEventListener("abort", this.#onParentAbort)
    if (parent?.aborted) this.#onParentAbort()
    else if (this.#timeoutMs !== Infinity) this.#watchDeadline()
  }

  /** Aborted when the call ends, however it ends. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** The time left, in milliseconds, by the clock that leaves less; Infinity if there is no deadline. */
  get remainingMs(): number {
    return Math.min(this.#deadlineAt - performance.now(), this.#deadlineDate - Date.now())
  }

  /** Ends the call. `reason` becomes the reason of the signal. */
  end(reason?: unknown): void {
    clearTimeout(this.#timer)
    this.#parent?.removeEventListener("abort", this.#onParentAbort)
    this.#controller.abort(reason)
    if (this.#waiting.size > 0) this.#rejectSoon()
  }

  /** Throws the call's error if the call has ended or its deadline has passed, even if the timer has not fired yet. */
  throwIfEnded(): void {
    if (!(this.remainingMs > 0)) this.end(this.#deadlineError())
    if (this.signal.aborted) throw abortError(this.signal)
  }

  /** The error of the call when `error` was thrown in it. */
  errorOf(error: unknown): ConnectError {
    return this.signal.aborted && !isConnectError(error) ? abortError(this.signal) : callError(error)
  }

  /**
   * Settles as `work` does. Once the call has ended, `work` gets one more turn of the event loop to settle; then this
   * promise rejects. A hanging interceptor must not outlive the deadline.
   *
   * Called for every message of a stream. It therefore uses neither `Promise.race` nor a listener per message, and
   * returns `work` itself if neither a deadline nor a signal can end the call.
   */
  outcome<T>(work: Promise<T>): Promise<T> {
    if (this.#parent === undefined && this.#timeoutMs === Infinity) return work
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject)
      if (this.signal.aborted) this.#rejectSoon()
      const settling =
        <V>(settle: (value: V) => void) =>
        (value: V): void => {
          this.#waiting.delete(reject)
          settle(value)
        }
      work.then(settling(resolve), settling(reject))
    })
  }

  #rejectSoon(): void {
    setTimeout(() => {
      for (const reject of this.#waiting) reject(abortError(this.signal))
    })
  }

  #onParentAbort = (): void => this.end(this.#parent?.reason)

  /** Checks the remaining time at intervals, and once more if a timer fires a little early. */
  #watchDeadline = (): void => {
    const leftMs = this.remainingMs
    if (!(leftMs > 0)) return this.end(this.#deadlineError())
    this.#timer = setTimeout(this.#watchDeadline, Math.min(leftMs, maxTimerMs))
  }

  #deadlineError(): RpcError {
    return new RpcError(`the deadline has passed (timeoutMs was ${this.#timeoutMs})`, Code.DeadlineExceeded, {
      source: "client",
    })
  }
}
