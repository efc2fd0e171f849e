/// <reference lib="esnext.disposable" preserve="true" />
import { Code } from "@causeway/protocol"
import { abortError } from "./abort-error.ts"
import type { CallScope } from "./call-scope.ts"
import { RpcError } from "./rpc-error.ts"
import { withinGrace } from "./within-grace.ts"

/**
 * The answers of a streaming method. It can be iterated once, and is disposable: the end of an `await using` block cancels
 * a call that still runs, as `break` does.
 */
export interface ResponseStream<T> extends AsyncIterable<T>, AsyncDisposable {}

/** An iterable over `iterator` that lets itself be iterated once: a second time would find nothing and look like success. */
export function singleUse<T>(iterator: AsyncIterator<T>): ResponseStream<T> {
  let isTaken = false
  const stream = {
    [Symbol.asyncIterator]() {
      if (isTaken) throw iteratedTwice()
      isTaken = true
      return iterator
    },
  } as ResponseStream<T>
  // Not every browser has the symbol yet; where it is missing there is no `await using` either.
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

/** How a `MessageIterator` comes to its messages. */
export interface MessageSource<T> {
  /** The scope that ends with the messages. */
  readonly scope: CallScope
  /** The messages; called once. */
  open(): Promise<AsyncIterator<T>>
  /** Called when the last message is taken and the status was OK. */
  onEnd?(): void
}

/**
 * Iterates over the messages of one call and ends it: when they end, when they fail, and when the consumer goes
 * (`break`, `return()`, `throw()`). Nothing happens before the first `next()`, so a stream that nobody reads costs nothing
 * and fails nowhere. `next()` may be called again while one is pending.
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
      // A message that has come, but was not taken before the abort, does not make an aborted call go on.
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

  /** Cancels the call if it still runs. A pending `next()` then says that there is nothing more. */
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
    // A call whose request already runs is ended although nobody has asked for its messages.
    ;(this.#source ??= this.#start()).scope.end(reason)
  }

  #fail(error: unknown, scope: CallScope): IteratorResult<T, undefined> {
    // The consumer has gone, or has had its error from another pending next().
    if (this.#hasEnded) return ended
    const failure = scope.errorOf(error)
    this.#finish(failure)
    // Lets the generators of interceptors clean up. The call has its error already: theirs would have nowhere to go.
    this.#messages?.return?.().catch(() => {})
    throw failure
  }

  async #leave(cause?: unknown): Promise<void> {
    if (this.#hasEnded) return
    // The abort reaches the request in every state, also behind an interceptor's generator that waits for a message.
    this.#finish(new RpcError("the consumer stopped reading", Code.Canceled, { source: "client", cause }))
    // The generators of interceptors clean up meanwhile. One that hangs does not hold back whoever left.
    const left = this.#messages?.return?.()
    if (left !== undefined) await withinGrace(left)
  }
}

const ended: IteratorReturnResult<undefined> = { done: true, value: undefined }
