import { callError } from "../call-error.ts"
import type { StreamState } from "../resumable/stream-state.ts"

/** Opens a stream that ends when the signal fires: one of a client's, or a resumable one. */
export type OpenStream<T> = (signal: AbortSignal) => AsyncIterable<T>

/** What a stream has come to, at one moment. */
export interface StreamSnapshot<S> {
  /** All messages so far, as `reduce` has put them together. */
  readonly value: S
  readonly state: StreamState
}

export interface StreamStoreOptions<T, S> {
  /** null: there is no stream. */
  readonly open: OpenStream<T> | null
  readonly reduce: (value: S, message: T) => S
  readonly initial: S
  /** Calls `publish` when the next picture is due. */
  readonly schedule: (publish: () => void) => void
}

/** What a resumable stream has beside its messages. */
interface Observable {
  readonly state: StreamState
  subscribe(listener: (state: StreamState) => void): () => void
  reconnectNow(): void
}

/**
 * A stream as a store for `useSyncExternalStore`. It runs while somebody subscribes. Each message is folded into the value as
 * it comes and then forgotten; listeners are told once for each picture that the browser draws, and see all that came since
 * the last one: nothing piles up while a tab is hidden.
 */
export class StreamStore<T, S> {
  readonly #options: StreamStoreOptions<T, S>
  readonly #listeners = new Set<() => void>()
  /** What listeners see. */
  #shown: StreamSnapshot<S>
  /** What is true. */
  #latest: StreamSnapshot<S>
  #isScheduled = false
  #run: AbortController | undefined
  #stream: AsyncIterable<T> | undefined

  constructor(options: StreamStoreOptions<T, S>) {
    this.#options = options
    this.#latest = this.#first()
    this.#shown = this.#latest
  }

  readonly getSnapshot = (): StreamSnapshot<S> => this.#shown

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    // A turn later: React's StrictMode subscribes, leaves and subscribes again at once, and means one stream.
    queueMicrotask(this.#settle)
    return () => {
      this.#listeners.delete(listener)
      queueMicrotask(this.#settle)
    }
  }

  /** Connects at once; a stream that is over is opened anew, from `initial`. */
  readonly reconnect = (): void => {
    if (this.#listeners.size === 0) return
    if (this.#latest.state.kind !== "closed" && isObservable(this.#stream)) return this.#stream.reconnectNow()
    this.#stop()
    this.#start()
  }

  /** Runs if, and only if, somebody listens. */
  readonly #settle = (): void => {
    const isWanted = this.#listeners.size > 0
    if (isWanted && this.#run === undefined) this.#start()
    if (!isWanted) this.#stop()
  }

  #start(): void {
    const { open } = this.#options
    if (open === null) return
    this.#run = new AbortController()
    this.#change(this.#first())
    void this.#read(open, this.#run.signal)
  }

  #stop(): void {
    this.#run?.abort()
    this.#run = undefined
    this.#stream = undefined
  }

  async #read(open: OpenStream<T>, signal: AbortSignal): Promise<void> {
    try {
      const stream = open(signal)
      this.#stream = stream
      if (isObservable(stream)) stream.subscribe((state) => this.#update(signal, { state }))
      for await (const message of stream) {
        if (signal.aborted) return
        const { value, state } = this.#latest
        const isFirst = state.kind === "connecting" && !isObservable(stream)
        this.#update(signal, { value: this.#options.reduce(value, message), state: isFirst ? { kind: "open" } : state })
      }
      this.#update(signal, { state: { kind: "closed", error: null } })
    } catch (error) {
      this.#update(signal, { state: { kind: "closed", error: callError(error) } })
    }
  }

  #update(signal: AbortSignal, change: Partial<StreamSnapshot<S>>): void {
    // A stream that was left may still have something to say.
    if (!signal.aborted) this.#change({ ...this.#latest, ...change })
  }

  #change(latest: StreamSnapshot<S>): void {
    this.#latest = latest
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#options.schedule(() => {
      this.#isScheduled = false
      this.#shown = this.#latest
      for (const listener of this.#listeners) listener()
    })
  }

  #first(): StreamSnapshot<S> {
    const { open, initial } = this.#options
    const state: StreamState =
      open === null ? { kind: "closed", error: null } : { kind: "connecting", attempt: 1, error: null }
    return { value: initial, state }
  }
}

function isObservable<T>(stream: AsyncIterable<T> | undefined): stream is AsyncIterable<T> & Observable {
  return stream !== undefined && "reconnectNow" in stream
}
