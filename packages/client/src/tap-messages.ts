/** Callbacks for the messages of a stream. */
export interface MessageTap<T> {
  onMessage(message: T): void
  /** Called after the last message. */
  onEnd?(): void
  onFailure?(error: unknown): void
  /** Called when the consumer leaves before the end. */
  onLeave?(): void
}

/**
 * Passes messages on and reports each to `tap` when it is consumed. The iterator has `return` and `throw` if the
 * original has them.
 */
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
