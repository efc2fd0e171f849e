import { useState, useSyncExternalStore } from "react"
import { StreamStore } from "./stream-store.ts"
import type { OpenStream, StreamSnapshot } from "./stream-store.ts"

/** The options of `useStream`. */
export interface UseStreamOptions<T, S> {
  /**
   * Combines the value so far with a message into a new value. Nothing else is kept: `latest(100)` keeps a hundred
   * messages. Default: keeps the last message.
   */
  readonly reduce: (value: S, message: T) => S
  /** The value before the first message. */
  readonly initial: S
  /**
   * The stream is opened again, from `initial`, when one of these values changes (`Object.is`), or when `open` changes
   * to or from null. `open` and `reduce` are read at that moment. Default: none; the stream lives as long as the
   * component.
   */
  readonly deps?: readonly unknown[]
  /** Calls its argument when the next frame is due. Default: `requestAnimationFrame`, if it exists. */
  readonly schedule?: (publish: () => void) => void
}

/** The result of `useStream`. */
export interface StreamView<S> extends StreamSnapshot<S> {
  /** Connects at once. A closed stream is opened again, from `initial`. */
  readonly reconnect: () => void
}

/**
 * A server stream in a component. It is opened when the component mounts and canceled when it unmounts. The component
 * renders at most once per frame, however many messages arrive.
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

/** The duration of a frame without `requestAnimationFrame`, in milliseconds: 60 frames per second. */
const frameMs = 16

function onNextFrame(publish: () => void): void {
  if ("requestAnimationFrame" in globalThis) requestAnimationFrame(publish)
  else setTimeout(publish, frameMs)
}

function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((value, index) => Object.is(value, b[index]))
}
