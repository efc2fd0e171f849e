import { useState, useSyncExternalStore } from "react"
import { StreamStore } from "./stream-store.ts"
import type { OpenStream, StreamSnapshot } from "./stream-store.ts"

/** The options of `useStream`. */
export interface UseStreamOptions<T, S> {
  /**
   * Puts a message to those before it, and gives a new value. What it keeps is all that is kept: `latest(100)` keeps a
   * hundred messages. Default: the last message alone.
   */
  readonly reduce: (value: S, message: T) => S
  /** The value before the first message. */
  readonly initial: S
  /**
   * The stream is opened anew, from `initial`, when one of these changes (`Object.is`), or when `open` becomes null or stops
   * being null. `open` and `reduce` are those of that moment. Default: none, the stream lives as long as the component.
   */
  readonly deps?: readonly unknown[]
  /** Calls its argument when the next picture is due. Default: `requestAnimationFrame`, where there is one. */
  readonly schedule?: (publish: () => void) => void
}

/** A stream as a component sees it. */
export interface StreamView<S> extends StreamSnapshot<S> {
  /** Connects at once; a stream that is over is opened anew, from `initial`. */
  readonly reconnect: () => void
}

/**
 * A server stream in a component: opened when it mounts, left when it unmounts, shown once for each picture that the browser
 * draws, however many messages came.
 *
 * ```tsx
 * const { value: events, state } = useStream((signal) => watch({ cursor: "" }, { signal, timeoutMs: 0 }), {
 *   reduce: latest<WatchResponse>(100),
 *   initial: [],
 * })
 * ```
 */
export function useStream<T>(
  open: OpenStream<T> | null,
  options?: Omit<UseStreamOptions<T, T | undefined>, "reduce" | "initial">,
): StreamView<T | undefined>
export function useStream<T, S>(open: OpenStream<T> | null, options: UseStreamOptions<T, S>): StreamView<S>
export function useStream<T, S>(
  open: OpenStream<T> | null,
  options: Partial<UseStreamOptions<T, S | T | undefined>> = {},
): StreamView<S | T | undefined> {
  const deps = [open === null, ...(options.deps ?? [])]
  const create = () => ({ deps, store: createStore(open, options) })
  const [held, setHeld] = useState(create)
  let { store } = held
  if (!isSame(deps, held.deps)) {
    const next = create()
    store = next.store
    setHeld(next)
  }
  const snapshot = useSyncExternalStore(store.subscribe, store.getSnapshot, store.getSnapshot)
  return { ...snapshot, reconnect: store.reconnect }
}

/** Keeps the last `count` messages, the newest last: a `reduce` for `useStream`. */
export function latest<T>(count: number): (value: readonly T[], message: T) => readonly T[] {
  return (value, message) => [...value.slice(Math.max(0, value.length + 1 - count)), message]
}

function createStore<T, S>(
  open: OpenStream<T> | null,
  {
    reduce = (_value, message) => message,
    initial,
    schedule = onNextFrame,
  }: Partial<UseStreamOptions<T, S | T | undefined>>,
): StreamStore<T, S | T | undefined> {
  return new StreamStore<T, S | T | undefined>({ open, reduce, initial, schedule })
}

/** How long a picture lasts where nobody draws any: 60 in a second. */
const frameMs = 16

function onNextFrame(publish: () => void): void {
  if ("requestAnimationFrame" in globalThis) requestAnimationFrame(publish)
  else setTimeout(publish, frameMs)
}

function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((value, index) => Object.is(value, b[index]))
}
