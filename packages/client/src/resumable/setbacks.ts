import type { ConnectError } from "@connectrpc/connect"
import { pushbackOf } from "../pushback.ts"
import { backoffMs } from "./backoff.ts"
import type { Backoff } from "./backoff.ts"

/** A wait before the next attempt. */
export interface Wait {
  readonly ms: number
  /** The server asked for it: a page that is visible or online again does not cut it short. */
  readonly isServers?: boolean
}

/** What went wrong since the stream was healthy, and how long to wait for that. */
export class Setbacks {
  readonly #backoff: Backoff
  readonly #random: () => number
  #backoffs = 0
  #hasRestarted = false
  /** How many failures there were in a row. */
  count = 0
  /** What the last one was; null: none, or an end with status OK. */
  error: ConnectError | null = null

  constructor(options: Backoff & { readonly random?: () => number }) {
    this.#backoff = options
    this.#random = options.random ?? Math.random
  }

  /** An attempt failed and is made again. null: it ended with status OK. */
  failed(error: ConnectError | null): Wait {
    this.count++
    this.error = error
    const pushback = error === null ? undefined : pushbackOf(error)
    if (typeof pushback !== "number") return { ms: backoffMs(++this.#backoffs, this.#random, this.#backoff) }
    // gRFC A6: the back-off begins anew after the server has said how long to wait.
    this.#backoffs = 0
    return { ms: pushback, isServers: true }
  }

  /**
   * An attempt failed for good, and another request takes its place. null: at once, but only the first time: a server may
   * send one message for each and then refuse it again.
   */
  restarted(error: ConnectError | null): Wait | null {
    const isFirst = !this.#hasRestarted
    this.#hasRestarted = true
    this.error = error
    const isAskedToWait = error !== null && typeof pushbackOf(error) === "number"
    return isFirst && !isAskedToWait ? null : this.failed(error)
  }

  /** The stream was healthy. */
  forget(): void {
    this.count = this.#backoffs = 0
    this.#hasRestarted = false
    this.error = null
  }
}
