import type { ConnectError } from "@connectrpc/connect"
import { pushbackOf } from "../pushback.ts"
import { backoffMs } from "./backoff.ts"
import type { Backoff } from "./backoff.ts"

/** A wait before the next attempt. */
export interface Wait {
  readonly ms: number
  /** Whether the server asked for the wait. A page that is visible or online again does not cut such a wait short. */
  readonly isServers?: boolean
}

/** The failures since the stream was last healthy, and the wait that follows from them. */
export class Setbacks {
  readonly #backoff: Backoff
  readonly #random: () => number
  #backoffs = 0
  #hasRestarted = false
  /** The number of consecutive failures. */
  count = 0
  /** The last error; null if there was none, or after an end with status OK. */
  error: ConnectError | null = null

  constructor(options: Backoff & { readonly random?: () => number }) {
    this.#backoff = options
    this.#random = options.random ?? Math.random
  }

  /**
   * Records a failed attempt that will be retried, and returns the wait before the retry. `error` is null if the
   * attempt ended with status OK.
   */
  failed(error: ConnectError | null): Wait {
    this.count++
    this.error = error
    const pushback = error === null ? undefined : pushbackOf(error)
    if (typeof pushback !== "number") return { ms: backoffMs(++this.#backoffs, this.#random, this.#backoff) }
    // gRFC A6: after a pushback from the server the back-off starts again from its beginning.
    this.#backoffs = 0
    return { ms: pushback, isServers: true }
  }

  /**
   * Records a failed attempt that another request will replace, and returns the wait before it. Null: no wait. Only the
   * first restart is immediate, because a server may send one message per request and then refuse again.
   */
  restarted(error: ConnectError | null): Wait | null {
    const isFirst = !this.#hasRestarted
    this.#hasRestarted = true
    this.error = error
    const isAskedToWait = error !== null && typeof pushbackOf(error) === "number"
    return isFirst && !isAskedToWait ? null : this.failed(error)
  }

  /** Forgets all failures, because the stream was healthy. */
  forget(): void {
    this.count = this.#backoffs = 0
    this.#hasRestarted = false
    this.error = null
  }
}
