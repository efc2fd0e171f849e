/** A name or a pattern with `*`, which stands for any characters, also for none. */
export class Glob {
  readonly source: string
  /** The texts between the stars. */
  readonly #parts: readonly string[]

  constructor(source: string) {
    this.source = source
    this.#parts = source.split("*")
  }

  /** True without a star: only one text matches. */
  get isExact(): boolean {
    return this.#parts.length === 1
  }

  /** The text before the first star. */
  get start(): string {
    return this.#parts[0]
  }

  matches(text: string): boolean {
    const parts = this.#parts
    const last = parts[parts.length - 1]
    if (parts.length === 1) return text === last
    if (!text.startsWith(parts[0]) || !text.endsWith(last)) return false
    const end = text.length - last.length
    let at = parts[0].length
    for (let i = 1; i < parts.length - 1; i++) {
      const found = text.indexOf(parts[i], at)
      if (found < 0) return false
      at = found + parts[i].length
    }
    return at <= end
  }

  /** True if every text that the other matches, this one matches too. */
  covers(other: Glob): boolean {
    // A star of the other may stand for anything, so only a star can stand for it.
    return this.matches(other.source)
  }
}
