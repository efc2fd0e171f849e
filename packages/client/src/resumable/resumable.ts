import type { CallOptions } from "@connectrpc/connect"
import { singleUse } from "../message-stream.ts"
import type { ResponseStream } from "../message-stream.ts"
import type { Backoff } from "./backoff.ts"
import type { ResumableOptions, StreamingMethod } from "./resumable-options.ts"
import { ResumingIterator } from "./resuming-iterator.ts"
import type { StreamState } from "./stream-state.ts"

/**
 * The messages of a stream that reconnects by itself. Like any response stream it can be iterated once, and is
 * disposable.
 */
export interface ResumableStream<T, I> extends ResponseStream<T> {
  /** The current state. The object stays identical until the state changes. */
  readonly state: StreamState
  /**
   * The request for everything after the last consumed message. A later call with it continues where this one was left.
   */
  readonly nextRequest: I
  /** Calls `listener` at every change of `state`, until the returned function is called. */
  subscribe(listener: (state: StreamState) => void): () => void
  /** Connects at once: ends a wait, and drops an attempt in progress. For a button that the user presses. */
  reconnectNow(): void
}

/**
 * Makes a server-streaming method resumable. When its stream is cut, it waits, calls the method again with a request
 * that continues after the last message, and delivers all messages as one stream. The loop ends, or throws, only if a
 * retry cannot help.
 *
 * ```ts
 * const watch = resumable(audit.watch, {
 *   resume: ({ event }, request) => (event ? { ...request, cursor: event.cursor } : request),
 * })
 * for await (const { event } of watch({ backlogSize: 20 }, { signal, timeoutMs: 0 })) show(event)
 * ```
 *
 * Throws a `TypeError` for unusable options.
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
