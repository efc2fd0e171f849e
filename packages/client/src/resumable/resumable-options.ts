import type { CallOptions, ConnectError } from "@connectrpc/connect"
import type { Clock } from "../clock.ts"
import type { PageSignals } from "../lifecycle/page-signals.ts"
import type { Backoff } from "./backoff.ts"

/** A server-streaming method of a client. */
export type StreamingMethod<I, T> = (request: I, options?: CallOptions) => AsyncIterable<T>

/** The options of `resumable`. */
export interface ResumableOptions<I, T> extends Backoff {
  /**
   * The request that asks for what follows `message`; called for every message, in order, with what it gave for the one
   * before. A message that marks no place gives `request` back as it is.
   */
  readonly resume: (message: T, request: I) => I
  /**
   * Asked when a stream failed in a way that is not tried again: a request to go on with, such as one without the cursor
   * that the server no longer knows, or undefined to give up. The first time it goes on at once, then, until the stream was
   * healthy, after a wait as after any failure. Not asked twice without a message in between. Default: give up.
   */
  readonly restart?: (error: ConnectError, request: I) => I | undefined
  /**
   * Whether to connect again after this error. `byDefault` is what happens without this function: yes for UNAVAILABLE, and
   * for whatever broke on the network. Not asked where the server says no (`grpc-retry-pushback-ms`).
   */
  readonly shouldResume?: (error: ConnectError, byDefault: boolean) => boolean
  /** The stream is never meant to end: an end with status OK is a cut like another. Default: false, it ends the loop. */
  readonly isEndless?: boolean
  /**
   * A stream that was open this long was healthy, in milliseconds: the waits begin small again. Connecting alone proves
   * nothing. Default: 10 s.
   */
  readonly healthyMs?: number
  /**
   * The life of the page: `lifecycle()`. The stream is closed when the page is left and goes on when it is back; a wait is
   * cut short when the page is visible or online again, unless the server asked for it. Default: none, the stream knows
   * nothing of pages.
   */
  readonly lifecycle?: PageSignals
  /** Default: the system's. */
  readonly clock?: Clock
  /** A number from 0 to below 1, for the length of a wait. Default: `Math.random`. */
  readonly random?: () => number
}
