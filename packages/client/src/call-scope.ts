import type { ConnectError } from "@connectrpc/connect"
import { Code } from "@causeway/protocol"
import { abortError } from "./abort-error.ts"
import { callError } from "./call-error.ts"
import { isConnectError, RpcError } from "./rpc-error.ts"

/**
 * The longest that a timer is set for. It may stand still while a laptop sleeps, so that only another look at the clocks
 * tells that time has passed; and one above 2^31 ms would fire at once.
 */
export const maxTimerMs = 15_000

/**
 * One call from its start to its end: the signal that the end aborts, and all that has to be let go of with it (the timer
 * of the deadline, the listener on the caller's signal). The call may end with success, with an error, because the
 * deadline passed, or because the caller's signal said so; the first end counts.
 */
export class CallScope {
  readonly #controller = new AbortController()
  readonly #parent: AbortSignal | undefined
  readonly #timeoutMs: number
  /** When the deadline passes, on the clock of `performance.now()`; Infinity: never. */
  readonly #deadlineAt: number
  /** The same by the wall clock, which goes on where the other stands still: while a laptop sleeps. */
  readonly #deadlineDate: number
  /** How those who wait in `outcome` are told that they wait no longer. */
  readonly #waiting = new Set<(error: ConnectError) => void>()
  #timer: ReturnType<typeof setTimeout> | undefined

  /**
   * `timeoutMs`: 0, Infinity or undefined is no deadline. A negative one has passed already: connect would wait without
   * end, which is never what a caller wants who computed the time left.
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

  /** Ends the call. `reason` is what the signal says to those who still work for it. */
  end(reason?: unknown): void {
    clearTimeout(this.#timer)
    this.#parent?.removeEventListener("abort", this.#onParentAbort)
    this.#controller.abort(reason)
    if (this.#waiting.size > 0) this.#giveUpSoon()
  }

  /** Throws the call's error if it has ended or if its deadline has passed, be the timer late or not. */
  throwIfEnded(): void {
    if (!(this.remainingMs > 0)) this.end(this.#deadlineError())
    if (this.signal.aborted) throw abortError(this.signal)
  }

  /** The error that the call fails with when `error` was thrown on its way. */
  errorOf(error: unknown): ConnectError {
    return this.signal.aborted && !isConnectError(error) ? abortError(this.signal) : callError(error)
  }

  /**
   * Settles as `work` does. Once the call has ended it gives `work` one turn to say how, and then stops waiting: an
   * interceptor that hangs must not outlive the deadline.
   *
   * Asked for every message of a stream, hence neither `Promise.race` nor a listener for each, and no promise at all where
   * neither a deadline nor a signal can end the call.
   */
  outcome<T>(work: Promise<T>): Promise<T> {
    if (this.#parent === undefined && this.#timeoutMs === Infinity) return work
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject)
      if (this.signal.aborted) this.#giveUpSoon()
      const settling =
        <V>(settle: (value: V) => void) =>
        (value: V): void => {
          this.#waiting.delete(reject)
          settle(value)
        }
      work.then(settling(resolve), settling(reject))
    })
  }

  #giveUpSoon(): void {
    setTimeout(() => {
      for (const reject of this.#waiting) reject(abortError(this.signal))
    })
  }

  #onParentAbort = (): void => this.end(this.#parent?.reason)

  /** Looks at the time left now and then, and once more where a timer fires a little early. */
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
