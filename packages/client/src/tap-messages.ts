/** What is told of the messages of a stream. */
export interface MessageTap<T> {
  onMessage(message: T): void
  /** The last message was taken. */
  onEnd?(): void
  onFailure?(error: unknown): void
  /** Whoever took the messages wants no more. */
  onLeave?(): void
}

/** The same messages, told to `tap` as they are taken. The iterator can do what the original one can. */
export function tapMessages<T>(messages: AsyncIterable<T>, tap: MessageTap<T>): AsyncIterable<T> {
  const told = (result: IteratorResult<T>): IteratorResult<T> => {
    if (result.done === true) tap.onEnd?.()
    else tap.onMessage(result.value)
    return result
  }
  const failed = (error: unknown): never => {
    tap.onFailure?.(error)
    throw error
  }
  return {
    [Symbol.asyncIterator]() {
      const inner = messages[Symbol.asyncIterator]()
      const outer: AsyncIterator<T> = { next: () => inner.next().then(told, failed) }
      for (const leave of ["return", "throw"] as const) {
        if (!inner[leave]) continue
        outer[leave] = (value?: unknown) => {
          tap.onLeave?.()
          return inner[leave]!(value)
        }
      }
      return outer
    },
  }
}
