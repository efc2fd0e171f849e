import { callError } from "../call-error.ts"
import type { StreamState } from "../resumable/stream-state.ts"

/** Opens a stream that ends when the signal aborts: a stream of a client, or a resumable stream. */
export type OpenStream<T> = (signal: AbortSignal) => AsyncIterable<T>

/** The state of a stream at one moment. */
export interface StreamSnapshot<S> {
  /** All messages so far, combined by `reduce`. */
  readonly value: S
  readonly state: StreamState
}

export interface StreamStoreOptions<T, S> {
  /** null: there is no stream. */
  readonly open: OpenStream<T> | null
  readonly reduce: (value: S, message: T) => S
  readonly initial: S
  /** Calls `publish` when the next frame is due. */
  readonly schedule: (publish: () => void) => void
}

/** The members that only a resumable stream has. */
interface Observable {
  readonly state: StreamState
  subscribe(listener: (state: StreamState) => void): () => void
  reconnectNow(): void
}

/**
 * A stream as a store for `useSyncExternalStore`. The stream runs while there are subscribers. Each message is folded
 * into the value and then dropped. Listeners are called once per rendered frame and see all messages since the last
 * one, so nothing piles up while a tab is hidden.
 */
export class StreamStore<T, S> {
  readonly #options: StreamStoreOptions<T, S>
  readonly #listeners = new Set<() => void>()
  /** The snapshot that listeners see. */
  #shown: StreamSnapshot<S>
  /** The current snapshot, which may not be published yet. */
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
    // Deferred: React's StrictMode subscribes, unsubscribes and subscribes again at once, and must get one stream.
    queueMicrotask(this.#settle)
    return () => {
      this.#listeners.delete(listener)
      queueMicrotask(this.#settle)
    }
  }

  /** Connects at once. A closed stream is opened again, from `initial`. */
  readonly reconnect = (): void => {
    if (this.#listeners.size === 0) return
    if (this.#latest.state.kind !== "closed" && isObservable(this.#stream)) return this.#stream.reconnectNow()
    this.#stop()
    this.#start()
  }

  /** Starts or stops the stream, so that it runs exactly while there are listeners. */
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
    // A stream that was left may still deliver messages.
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
