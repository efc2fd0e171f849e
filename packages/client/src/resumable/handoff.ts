/** A pending `take()`. */
interface Taker<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void
  readonly reject: (error: unknown) => void
}

/** A channel with room for one value between a producer (`put`) and a consumer (`take`). */
export class Handoff<T> {
  #slot: { readonly value: T } | null = null
  #end: { error: unknown } | null = null
  readonly #takers: Taker<T>[] = []
  #onFree: () => void = () => {}

  /** Resolves when there is room for a value. Only one caller may wait at a time. */
  async free(): Promise<void> {
    if (this.#slot !== null) await new Promise<void>((resolve) => (this.#onFree = resolve))
  }

  /** Gives a value to the oldest pending `take()`, or keeps it for the next one. There must be room. */
  put(value: T): void {
    const taker = this.#takers.shift()
    if (taker === undefined) this.#slot = { value }
    else taker.resolve({ done: false, value })
  }

  /** The next value. Only one `take()` rejects with the error of the end; the others report the end. */
  take(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      this.#takers.push({ resolve, reject })
      if (this.#end !== null) return this.#tellEnd(this.#end)
      if (this.#slot === null) return
      const { value } = this.#slot
      this.#slot = null
      this.put(value)
      this.#onFree()
    })
  }

  /** Ends the channel and drops a value that was not taken. A non-null error goes to the first `take()`. */
  end(error: unknown): void {
    this.#slot = null
    this.#end = { error }
    this.#tellEnd(this.#end)
    this.#onFree()
  }

  #tellEnd(end: { error: unknown }): void {
    for (const { resolve, reject } of this.#takers.splice(0)) {
      if (end.error === null) resolve({ done: true, value: undefined })
      else reject(end.error)
      end.error = null
    }
  }
}
