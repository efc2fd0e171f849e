import type { CallOptions, ConnectError } from "@connectrpc/connect"
import type { Clock } from "../clock.ts"
import type { PageSignals } from "../lifecycle/page-signals.ts"
import { singleUse } from "../message-stream.ts"
import type { ResponseStream } from "../message-stream.ts"
import type { Backoff } from "./backoff.ts"
import { ResumingIterator } from "./resuming-iterator.ts"
import type { StreamState } from "./stream-state.ts"

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

/** The messages of a stream that mends itself. Like any response stream it can be iterated once, and is disposable. */
export interface ResumableStream<T, I> extends ResponseStream<T> {
  /** How it is now. The same object until it changes. */
  readonly state: StreamState
  /** What asks for all that follows the last message that was taken: a later call goes on with it where this one was left. */
  readonly nextRequest: I
  /** Calls `listener` at every change of `state`, until the function that it returns is called. */
  subscribe(listener: (state: StreamState) => void): () => void
  /** Connects at once: ends a wait, and drops an attempt that is under way. A person asked for it, or knows better. */
  reconnectNow(): void
}

/**
 * A server-streaming method that resumes: when its stream is cut it waits, calls the method again with a request that
 * goes on after the last message, and hands on what comes as one stream. The loop over it ends, or throws, only when trying
 * again cannot help.
 *
 * ```ts
 * const watch = resumable(audit.watch, {
 *   resume: ({ event }, request) => (event ? { ...request, cursor: event.cursor } : request),
 * })
 * for await (const { event } of watch({ backlogSize: 20 }, { signal, timeoutMs: 0 })) show(event)
 * ```
 *
 * Throws a `TypeError` for options that cannot work.
 */
export function resumable<I, T>(
  method: StreamingMethod<I, T>,
  options: ResumableOptions<I, T>,
): (request: I, callOptions?: CallOptions) => ResumableStream<T, I> {
  checkTimes(options)
  return (request, callOptions = {}) => {
    const iterator = new ResumingIterator(method, options, request, callOptions)
    const more = {
      get state() {
        return iterator.state
      },
      get nextRequest() {
        return iterator.nextRequest
      },
      subscribe: iterator.subscribe,
      reconnectNow: iterator.reconnectNow,
    }
    return Object.defineProperties(singleUse(iterator), Object.getOwnPropertyDescriptors(more)) as ResumableStream<T, I>
  }
}

function checkTimes({ healthyMs, initialBackoffMs, maxBackoffMs }: Backoff & { readonly healthyMs?: number }): void {
  for (const [name, ms = 0] of Object.entries({ healthyMs, initialBackoffMs, maxBackoffMs })) {
    if (!(ms >= 0)) throw new TypeError(`resumable: ${name} is ${ms}; it must be 0 or above`)
  }
}
