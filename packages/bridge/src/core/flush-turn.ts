/** An object whose bytes are written at the end of the turn. */
export interface Flushable {
  flush(): void
  /** `flush` threw. */
  crashed(cause: unknown): void
}

/**
 * Collects the bytes of one turn of the event loop, so that each call makes one write: over HTTP/1.1 a streamed message then
 * costs 1 µs instead of 8 µs. Nothing is delayed: a turn ends before the next wait for I/O.
 */
export class FlushTurn {
  readonly #run = (): void => this.#flushAll()
  #items = new Set<Flushable>()
  #spare = new Set<Flushable>()

  add(item: Flushable): void {
    if (this.#items.size === 0) setImmediate(this.#run)
    this.#items.add(item)
  }

  #flushAll(): void {
    const items = this.#items
    this.#items = this.#spare
    this.#spare = items
    for (const item of items) {
      try {
        item.flush()
      } catch (cause) {
        item.crashed(cause)
      }
    }
    items.clear()
  }
}
