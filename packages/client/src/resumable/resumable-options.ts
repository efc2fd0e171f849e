import type { CallOptions, ConnectError } from "@connectrpc/connect"
import type { Clock } from "../clock.ts"
import type { PageSignals } from "../lifecycle/page-signals.ts"
import type { Backoff } from "./backoff.ts"

/** A server-streaming method of a client. */
export type StreamingMethod<I, T> = (request: I, options?: CallOptions) => AsyncIterable<T>

/** The options of `resumable`. */
export interface ResumableOptions<I, T> extends Backoff {
  /**
   * Returns the request that continues after `message`. Called for every message, in order, with its previous result as
   * `request`. For a message that marks no position, return `request` unchanged.
   */
  readonly resume: (message: T, request: I) => I
  /**
   * Called when a stream failed with an error that is not retried. Returns a request to continue with, such as one
   * without a cursor that the server no longer knows, or undefined to give up. The first restart is immediate; further
   * ones, until the stream was healthy, wait as after any failure. It is not called twice without a message in between.
   * Default: give up.
   */
  readonly restart?: (error: ConnectError, request: I) => I | undefined
  /**
   * Decides whether to connect again after this error. `byDefault` is the decision without this function: true for
   * UNAVAILABLE and for network failures. Not called if the server forbids a retry (`grpc-retry-pushback-ms`).
   */
  readonly shouldResume?: (error: ConnectError, byDefault: boolean) => boolean
  /**
   * Whether the stream should never end: an end with status OK then counts as a cut. Default: false; OK ends the loop.
   */
  readonly isEndless?: boolean
  /**
   * A stream that was open this long, in milliseconds, counts as healthy: the next waits are short again. A successful
   * connect alone does not count. Default: 10 s.
   */
  readonly healthyMs?: number
  /**
   * The lifecycle of the page: `lifecycle()`. The stream is closed when the page is left and resumes when the page is
   * shown again. A wait is cut short when the page is visible or online again, unless the server asked for that wait.
   * Default: none; page events are ignored.
   */
  readonly lifecycle?: PageSignals
  /** Default: the system clock. */
  readonly clock?: Clock
  /** A random number from 0 to below 1, for the length of a wait. Default: `Math.random`. */
  readonly random?: () => number
}
