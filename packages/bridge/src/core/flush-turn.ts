/** Something with bytes that leave at the end of the turn. */
export interface Flushable {
  flush(): void
  /** `flush` threw. */
  crashed(cause: unknown): void
}

/**
 * Gathers what arrives in one turn of the event loop so that it leaves in one write per call: on HTTP/1.1 the difference
 * between 8 µs and 1 µs a streamed message. Delays nothing: the turn's end comes before the next wait for I/O.
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
