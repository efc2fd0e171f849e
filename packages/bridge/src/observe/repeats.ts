/** Events of one kind may come many times a second, and strangers can cause some of them: one in this time is told. */
const quietMs = 10_000

/** Counts events by kind, and says which of them are told. */
export class Repeats {
  readonly #now: () => number
  readonly #kinds = new Map<string, { toldAt: number; sinceLastLine: number; total: number }>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** Gives how many there were since the last one that was told, this one included; 0: this one is not told. */
  add(kind: string): number {
    const known = this.#kinds.get(kind) ?? { toldAt: -Infinity, sinceLastLine: 0, total: 0 }
    this.#kinds.set(kind, known)
    known.sinceLastLine++
    known.total++
    if (this.#now() - known.toldAt < quietMs) return 0
    const { sinceLastLine } = known
    known.toldAt = this.#now()
    known.sinceLastLine = 0
    return sinceLastLine
  }

  /** Begins anew; gives how many there were in all. */
  forget(kind: string): number {
    const total = this.#kinds.get(kind)?.total ?? 0
    this.#kinds.delete(kind)
    return total
  }
}
