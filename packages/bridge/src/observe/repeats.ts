/** Events of one kind may come many times a second, and strangers can cause some of them. One in this time is logged. */
const quietMs = 10_000
/** Limit of the kinds that are remembered: addresses of backends come and go. */
const maxKinds = 1_000

/** Counts events by kind, and decides which of them are logged. */
export class Repeats {
  readonly #now: () => number
  readonly #kinds = new Map<string, { loggedAt: number; sinceLastLine: number; total: number }>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** Counts an event. Returns the number of events since the last logged one, this one included. 0: do not log this one. */
  add(kind: string): number {
    const known = this.#kinds.get(kind) ?? { loggedAt: -Infinity, sinceLastLine: 0, total: 0 }
    this.#kinds.set(kind, known)
    if (this.#kinds.size > maxKinds) this.#forgetOldest()
    known.sinceLastLine++
    known.total++
    if (this.#now() - known.loggedAt < quietMs) return 0
    const { sinceLastLine } = known
    known.loggedAt = this.#now()
    known.sinceLastLine = 0
    return sinceLastLine
  }

  /** Forgets the kind. Returns the total number of its events. */
  forget(kind: string): number {
    const total = this.#kinds.get(kind)?.total ?? 0
    this.#kinds.delete(kind)
    return total
  }

  #forgetOldest(): void {
    for (const kind of this.#kinds.keys()) {
      this.#kinds.delete(kind)
      return
    }
  }
}
