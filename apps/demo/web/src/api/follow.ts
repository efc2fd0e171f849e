import { isRpcError } from "@causeway/client"
import { Code } from "@connectrpc/connect"

import { backoffMs } from "./backoff.ts"
import { type Clock, systemClock } from "./clock.ts"

/** How a followed stream is. `error` is why the attempt before failed; null: there was none, or it was stopped. */
export type StreamState =
  | { readonly kind: "connecting"; readonly error: unknown }
  | { readonly kind: "open" }
  | { readonly kind: "waiting"; readonly untilMs: number; readonly error: unknown }
  | { readonly kind: "closed"; readonly error: unknown }

/** What to follow, and who is told. */
export interface FollowOptions<T> {
  /** Makes the call: the messages after the cursor, or from the start when it is empty. */
  readonly open: (cursor: string, signal: AbortSignal) => AsyncIterable<T>
  /** The cursor to go on from after this message; empty: none. */
  readonly cursorAfter: (message: T) => string
  readonly onMessage: (message: T) => void
  readonly onState: (state: StreamState) => void
  /** The server no longer has what follows the cursor: the messages that come next begin anew. */
  readonly onRestart: () => void
  readonly clock?: Clock
  readonly random?: () => number
}

/** A stream that mends itself. All methods may be called in every state. */
export interface Follower {
  /** Goes on after the last message that was handed over. */
  readonly start: () => void
  /** Cancels the call; nothing is handed over after this. */
  readonly stop: () => void
  /** Ends a wait at once: a person asked for it, or the network is back. */
  readonly retryNow: () => void
}

/** A stream that was open this long was healthy: the next wait is a short one. Connecting alone proves nothing. */
const healthyMs = 10_000

/**
 * Follows a server stream across cuts: reconnects from the last cursor, with growing and jittered waits, so that no message
 * is lost and none comes twice. It is stopped at first.
 */
export function follow<T>(options: FollowOptions<T>): Follower {
  return new StreamFollower(options)
}

class StreamFollower<T> implements Follower {
  readonly #options: FollowOptions<T>
  readonly #clock: Clock
  #cursor = ""
  #running: AbortController | null = null
  #waiting = new AbortController()

  constructor(options: FollowOptions<T>) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  readonly start = (): void => {
    if (this.#running !== null) return
    this.#running = new AbortController()
    void this.#run(this.#running.signal)
  }

  readonly stop = (): void => {
    this.#close(null)
  }

  readonly retryNow = (): void => {
    this.#waiting.abort()
  }

  /** Call after call, until `signal` says that it was stopped, or trying again cannot help. */
  async #run(signal: AbortSignal): Promise<void> {
    const { onState, onRestart } = this.#options
    let failures = 0
    let lastError: unknown = null
    for (;;) {
      onState({ kind: "connecting", error: lastError })
      const { error, openForMs } = await this.#call(signal)
      if (signal.aborted) return
      const step = stepAfter(error, this.#cursor)
      if (step === "give up") return this.#close(error)
      if (step === "start again") {
        this.#cursor = ""
        onRestart()
        continue
      }
      lastError = error
      failures = openForMs >= healthyMs ? 1 : failures + 1
      await this.#wait(failures, error, signal)
      if (signal.aborted) return
    }
  }

  /** One call from its start to its cut. */
  async #call(signal: AbortSignal): Promise<{ error: unknown; openForMs: number }> {
    const { open, cursorAfter, onMessage, onState } = this.#options
    let openedAtMs = Infinity
    const cut = (error: unknown) => ({ error, openForMs: Math.max(0, this.#clock.nowMs() - openedAtMs) })
    try {
      for await (const message of open(this.#cursor, signal)) {
        if (signal.aborted) break
        if (openedAtMs === Infinity) {
          openedAtMs = this.#clock.nowMs()
          onState({ kind: "open" })
        }
        onMessage(message)
        this.#cursor = cursorAfter(message) || this.#cursor
      }
      return cut(null)
    } catch (error) {
      return cut(error)
    }
  }

  async #wait(failures: number, error: unknown, signal: AbortSignal): Promise<void> {
    const delayMs = backoffMs(failures, this.#options.random ?? Math.random)
    this.#options.onState({ kind: "waiting", untilMs: this.#clock.nowMs() + delayMs, error })
    this.#waiting = new AbortController()
    await this.#clock.wait(delayMs, AbortSignal.any([signal, this.#waiting.signal]))
  }

  #close(error: unknown): void {
    this.#running?.abort()
    this.#running = null
    this.#options.onState({ kind: "closed", error })
  }
}

/** What to do when the stream ended with this error; null: it ended as if all were said, which a watch never is. */
function stepAfter(error: unknown, cursor: string): "resume" | "start again" | "give up" {
  if (error === null) return "resume"
  if (!isRpcError(error)) return "give up"
  switch (error.code) {
    case Code.OutOfRange:
    case Code.InvalidArgument:
      return cursor === "" ? "give up" : "start again"
    case Code.Unauthenticated:
    case Code.PermissionDenied:
    case Code.Unimplemented:
    case Code.NotFound:
    case Code.FailedPrecondition:
      return "give up"
    default:
      return "resume"
  }
}
