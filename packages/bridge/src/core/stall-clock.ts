/** A direction of a call that waits for the other side to read. */
export interface Stallable {
  /** It has waited for too long. Must not throw. */
  stalled(): void
}

const sweepMs = 1_000

/**
 * One coarse clock for all calls: a direction that cannot write for `limitMs` is told so, within a second. A call that moves
 * costs nothing here; an idle one (nothing to write) never stalls.
 */
export class StallClock {
  readonly #limitMs: number
  readonly #now: () => number
  readonly #since = new Map<Stallable, number>()
  #timer: NodeJS.Timeout | null = null

  constructor(limitMs: number, now: () => number = () => performance.now()) {
    this.#limitMs = limitMs
    this.#now = now
  }

  get size(): number {
    return this.#since.size
  }

  /** The item waits from now on; if it does already, since when it did. */
  begin(item: Stallable): void {
    if (this.#since.has(item)) return
    this.#since.delete(item) // kept in order of beginning
    this.#since.set(item, this.#now())
    this.#timer ??= setInterval(() => this.sweep(), sweepMs).unref()
  }

  end(item: Stallable): void {
    this.#since.delete(item)
  }

  /** Tells the items whose time is over. The timer stops here, so that short waits cost none. */
  sweep(): void {
    const oldest = this.#now() - this.#limitMs
    for (const [item, since] of this.#since) {
      if (since > oldest) break // in order of beginning
      this.#since.delete(item)
      item.stalled()
    }
    if (this.#since.size > 0 || this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
  }
}
