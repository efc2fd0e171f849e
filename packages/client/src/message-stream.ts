/// <reference lib="esnext.disposable" preserve="true" />
import { Code } from "@causeway/protocol"
import { abortError } from "./abort-error.ts"
import type { CallScope } from "./call-scope.ts"
import { RpcError } from "./rpc-error.ts"
import { withinGrace } from "./within-grace.ts"

/**
 * The response messages of a streaming method. It can be iterated once. It is disposable: the end of an `await using`
 * block cancels a running call, as `break` does.
 */
export interface ResponseStream<T> extends AsyncIterable<T>, AsyncDisposable {}

/**
 * An iterable over `iterator` that can be iterated once. A second iteration would find no messages and look like a
 * success, so it throws.
 */
export function singleUse<T>(iterator: AsyncIterator<T>): ResponseStream<T> {
  let isTaken = false
  const stream = {
    [Symbol.asyncIterator]() {
      if (isTaken) throw iteratedTwice()
      isTaken = true
      return iterator
    },
  } as ResponseStream<T>
  // Not every browser has the symbol yet. A browser without it has no `await using` either.
  if (Symbol.asyncDispose as symbol | undefined) {
    stream[Symbol.asyncDispose] = async () => {
      await iterator.return?.()
    }
  }
  return stream
}

function iteratedTwice(): RpcError {
  const message = "a stream can be iterated only once: make a new call"
  return new RpcError(message, Code.FailedPrecondition, { source: "client" })
}

/** The source of the messages of a `MessageIterator`. */
export interface MessageSource<T> {
  /** The scope that ends with the messages. */
  readonly scope: CallScope
  /** Opens the messages; called once. */
  open(): Promise<AsyncIterator<T>>
  /** Called after the last message, if the status was OK. */
  onEnd?(): void
}

/**
 * Iterates over the messages of one call and ends the call: when the messages end, when they fail, and when the
 * consumer leaves (`break`, `return()`, `throw()`). Nothing happens before the first `next()`, so an unread stream
 * costs nothing and cannot fail. `next()` may be called again while another is pending.
 */
export class MessageIterator<T> implements AsyncIterableIterator<T, undefined, unknown> {
  readonly #start: () => MessageSource<T>
  #source: MessageSource<T> | undefined
  #opening: Promise<AsyncIterator<T>> | undefined
  #messages: AsyncIterator<T> | undefined
  #hasEnded = false

  constructor(start: () => MessageSource<T>) {
    this.#start = start
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (this.#hasEnded) return ended
    const source = (this.#source ??= this.#start())
    const { scope } = source
    try {
      // After an abort even messages that have arrived are not delivered.
      if (scope.signal.aborted) throw abortError(scope.signal)
      const result = await scope.outcome(this.#messages?.next() ?? this.#first(source))
      if (this.#hasEnded) return ended
      if (result.done !== true) return result
      source.onEnd?.()
      this.#finish()
      return ended
    } catch (error) {
      return this.#fail(error, scope)
    }
  }

  /** Cancels the call if it still runs. A pending `next()` then resolves with the end. */
  async return(): Promise<IteratorResult<T, undefined>> {
    await this.#leave()
    return ended
  }

  /** Cancels the call if it still runs, and rejects with `error`. */
  async throw(error?: unknown): Promise<IteratorResult<T, undefined>> {
    await this.#leave(error)
    throw error
  }

  async #first(source: MessageSource<T>): Promise<IteratorResult<T, undefined>> {
    this.#messages = await (this.#opening ??= source.open())
    return this.#hasEnded ? ended : this.#messages.next()
  }

  #finish(reason?: unknown): void {
    this.#hasEnded = true
    // Starts the source if needed, so that a call whose request is already running ends even if its messages were never
    // read.
    ;(this.#source ??= this.#start()).scope.end(reason)
  }

  #fail(error: unknown, scope: CallScope): IteratorResult<T, undefined> {
    // The consumer has left, or another pending next() has already rejected.
    if (this.#hasEnded) return ended
    const failure = scope.errorOf(error)
    this.#finish(failure)
    // Lets the generators of interceptors clean up. Their errors are dropped: the call already has its error.
    this.#messages?.return?.().catch(() => {})
    throw failure
  }

  async #leave(cause?: unknown): Promise<void> {
    if (this.#hasEnded) return
    // The abort reaches the request in every state, even if an interceptor's generator is waiting for a message.
    this.#finish(new RpcError("the consumer stopped reading", Code.Canceled, { source: "client", cause }))
    // The generators of interceptors get a limited time to clean up. A hanging generator does not hold up the consumer.
    const left = this.#messages?.return?.()
    if (left !== undefined) await withinGrace(left)
  }
}

const ended: IteratorReturnResult<undefined> = { done: true, value: undefined }
