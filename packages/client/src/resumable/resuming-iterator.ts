import { Code } from "@causeway/protocol"
import type { CallOptions, ConnectError } from "@connectrpc/connect"
import { abortError } from "../abort-error.ts"
import { callError } from "../call-error.ts"
import { CallScope } from "../call-scope.ts"
import { systemClock } from "../clock.ts"
import type { Clock } from "../clock.ts"
import type { PageEvent } from "../lifecycle/page-signals.ts"
import { pushbackOf } from "../pushback.ts"
import { isRpcError, RpcError } from "../rpc-error.ts"
import { tellListeners } from "../tell-listeners.ts"
import { Handoff } from "./handoff.ts"
import type { ResumableOptions, StreamingMethod } from "./resumable-options.ts"
import { Setbacks } from "./setbacks.ts"
import type { Wait } from "./setbacks.ts"
import type { StreamState } from "./stream-state.ts"

/** The end of an attempt. */
interface Cut {
  /** Null: the attempt ended with status OK. */
  readonly error: ConnectError | null
  /** 0 if the attempt was never open. */
  readonly openForMs: number
  readonly hadMessages: boolean
  /** Whether this iterator dropped the attempt in order to reconnect. */
  readonly isOurs: boolean
}

/**
 * Calls a method repeatedly and delivers the messages of all calls as one stream. From the first `next()` on it reads
 * one message ahead of the consumer, so that a cut is detected and repaired while the consumer is busy.
 */
export class ResumingIterator<I, T> implements AsyncIterator<T, undefined> {
  readonly #method: StreamingMethod<I, T>
  readonly #options: ResumableOptions<I, T>
  readonly #callOptions: CallOptions
  readonly #clock: Clock
  readonly #listeners = new Set<(state: StreamState) => void>()
  readonly #handoff = new Handoff<{ readonly message: T; readonly nextRequest: I }>()
  /** The request that continues after the last message in the handoff. */
  #request: I
  #nextRequest: I
  #state: StreamState = { kind: "connecting", attempt: 1, error: null }
  #scope: CallScope | undefined
  #attempt: CallScope | undefined
  #wait = new AbortController()
  #isServersWait = false
  #hasStarted = false
  #unsubscribe: (() => void) | undefined

  constructor(method: StreamingMethod<I, T>, options: ResumableOptions<I, T>, request: I, callOptions: CallOptions) {
    this.#method = method
    this.#options = options
    this.#callOptions = callOptions
    this.#clock = options.clock ?? systemClock
    this.#request = request
    this.#nextRequest = request
  }

  get state(): StreamState {
    return this.#state
  }

  get nextRequest(): I {
    return this.#nextRequest
  }

  readonly subscribe = (listener: (state: StreamState) => void): (() => void) => {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  readonly reconnectNow = (): void => {
    this.#wait.abort()
    this.#drop("dropped to connect anew")
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (!this.#hasStarted) this.#start()
    const result = await this.#handoff.take()
    if (result.done === true) return result
    this.#nextRequest = result.value.nextRequest
    return { done: false, value: result.value.message }
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#close(null)
    return { done: true, value: undefined }
  }

  async throw(error?: unknown): Promise<IteratorResult<T, undefined>> {
    this.#close(null)
    throw error
  }

  #start(): void {
    this.#hasStarted = true
    if (this.#isClosed()) return
    const scope = new CallScope(this.#callOptions.signal, undefined)
    this.#scope = scope
    const onAbort = (): void => this.#close(abortError(scope.signal))
    if (scope.signal.aborted) return onAbort()
    scope.signal.addEventListener("abort", onAbort)
    this.#unsubscribe = this.#options.lifecycle?.subscribe(this.#onPageEvent)
    // Catches errors that functions of the options throw.
    this.#run(scope.signal).catch((error: unknown) => this.#close(callError(error)))
  }

  /** Makes attempts until the stream is closed. */
  async #run(signal: AbortSignal): Promise<void> {
    const setbacks = new Setbacks(this.#options)
    let mayRestart = true
    for (;;) {
      while (this.#isSuspended() && !this.#isClosed()) await this.#pause(setbacks, { ms: Infinity })
      if (this.#isClosed()) return
      this.#change({ kind: "connecting", attempt: setbacks.count + 1, error: setbacks.error })
      const cut = await this.#connect(signal)
      if (this.#isClosed()) return
      if (cut.hadMessages) mayRestart = true
      if (cut.openForMs >= (this.#options.healthyMs ?? 10_000)) setbacks.forget()
      if (cut.isOurs || this.#isOfPage(cut)) continue
      const { error } = cut
      const isRecoverable = this.#isRecoverable(cut)
      if (!isRecoverable && !(mayRestart && this.#restarts(cut))) return this.#close(error)
      mayRestart &&= isRecoverable
      const wait = isRecoverable ? setbacks.failed(error) : setbacks.restarted(error)
      if (wait !== null) await this.#pause(setbacks, wait)
    }
  }

  /** Makes one attempt, from the call to its end. */
  async #connect(signal: AbortSignal): Promise<Cut> {
    const attempt = new CallScope(signal, undefined)
    this.#attempt = attempt
    let openedAtMs = Infinity
    let hadMessages = false
    const open = (): void => {
      if (openedAtMs !== Infinity || attempt.signal.aborted) return
      openedAtMs = this.#clock.nowMs()
      this.#change({ kind: "open" })
    }
    const cut = (error: ConnectError | null): Cut => {
      const openForMs = Math.max(0, this.#clock.nowMs() - openedAtMs)
      return { error, openForMs, hadMessages, isOurs: attempt.signal.aborted }
    }
    let messages: AsyncIterator<T> | undefined
    try {
      messages = this.#call(attempt.signal, open)
      for (;;) {
        await attempt.outcome(this.#handoff.free())
        const result = await attempt.outcome(messages.next())
        if (result.done === true) return cut(null)
        open()
        hadMessages = true
        this.#put(result.value)
      }
    } catch (thrown) {
      return cut(attempt.errorOf(thrown))
    } finally {
      attempt.end()
      // Lets generators clean up. Their errors are dropped: the attempt has already ended.
      messages?.return?.().catch(() => {})
    }
  }

  #call(signal: AbortSignal, open: () => void): AsyncIterator<T> {
    const { onHeader } = this.#callOptions
    const options: CallOptions = {
      ...this.#callOptions,
      signal,
      onHeader(header) {
        open()
        onHeader?.(header)
      },
    }
    return this.#method(this.#request, options)[Symbol.asyncIterator]()
  }

  #put(message: T): void {
    if (this.#isClosed()) return
    try {
      this.#request = this.#options.resume(message, this.#request)
    } catch (error) {
      // Closes the stream: a bug in `resume` is not a failure of the attempt, so neither shouldResume nor restart is
      // asked.
      return this.#close(callError(error))
    }
    this.#handoff.put({ message, nextRequest: this.#request })
  }

  #isRecoverable({ error }: Cut): boolean {
    if (error === null) return this.#options.isEndless === true
    if (pushbackOf(error) === "stop") return false
    const byDefault = error.code === Code.Unavailable || (isRpcError(error) && error.source === "network")
    return this.#options.shouldResume?.(error, byDefault) ?? byDefault
  }

  #restarts({ error }: Cut): boolean {
    const request = error === null ? undefined : this.#options.restart?.(error, this.#request)
    if (request === undefined) return false
    this.#request = request
    return true
  }

  #isSuspended(): boolean {
    return this.#options.lifecycle?.isSuspended === true
  }

  /** Whether the page broke the call because it is being left. Such a failure says nothing about the service. */
  #isOfPage({ error }: Cut): boolean {
    return this.#isSuspended() && isRpcError(error) && (error.source === "network" || error.code === Code.Canceled)
  }

  readonly #onPageEvent = (event: PageEvent): void => {
    if (event === "suspend") this.#drop("the page was left")
    else if (event === "slept") this.reconnectNow()
    else if (!this.#isServersWait) this.#wait.abort()
  }

  #drop(why: string): void {
    this.#attempt?.end(new RpcError(why, Code.Canceled, { source: "client" }))
  }

  async #pause({ count, error }: Setbacks, { ms, isServers = false }: Wait): Promise<void> {
    this.#wait = new AbortController()
    this.#isServersWait = isServers
    this.#change({ kind: "waiting", attempt: count + 1, untilMs: this.#clock.nowMs() + ms, error })
    await this.#clock.wait(ms, this.#wait.signal)
  }

  #isClosed(): boolean {
    return this.#state.kind === "closed"
  }

  #close(error: ConnectError | null): void {
    if (this.#isClosed()) return
    this.#change({ kind: "closed", error })
    this.#handoff.end(error)
    this.#wait.abort()
    this.#unsubscribe?.()
    this.#scope?.end(error ?? new RpcError("the consumer stopped reading", Code.Canceled, { source: "client" }))
  }

  #change(state: StreamState): void {
    this.#state = state
    tellListeners(this.#listeners, state)
  }
}
