/** What waits in a `take()`. */
interface Taker<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void
  readonly reject: (error: unknown) => void
}

/** Room for one value between the one who has it and the one who asks for it. */
export class Handoff<T> {
  #slot: { readonly value: T } | null = null
  #end: { error: unknown } | null = null
  readonly #takers: Taker<T>[] = []
  #onFree: () => void = () => {}

  /** Resolves when there is room. One may wait at a time. */
  async free(): Promise<void> {
    if (this.#slot !== null) await new Promise<void>((resolve) => (this.#onFree = resolve))
  }

  /** Gives a value to whoever asked first, or keeps it for whoever asks next. There must be room. */
  put(value: T): void {
    const taker = this.#takers.shift()
    if (taker === undefined) this.#slot = { value }
    else taker.resolve({ done: false, value })
  }

  /** The next value. The error of the end is given once: it has one owner. */
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

  /** Nothing comes any more, and what was not taken is dropped. An error, unless null, goes to whoever asks first. */
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
