const firstDelayMs = 100
/** Between any two dials: a backend that accepts and closes at once must not make a loop of us. */
const minGapMs = 20
const maxDelayMs = 5_000
const factor = 1.6
/** A session that lived so long shows that the backend is well: the pauses are short again. */
const soundLifeMs = 1_000

/**
 * When to try a backend again: with growing, jittered pauses while nobody asks (gRPC's connection back-off), and at most
 * `firstDelayMs` after the last failure as soon as a call wants it, so that a backend that is back is found by the next call.
 */
export class Redial {
  readonly #dial: () => void
  readonly #random: () => number
  #delayMs = firstDelayMs
  #failedAt = -Infinity
  #dialledAt = -Infinity
  #timer: NodeJS.Timeout | null = null
  #dueAt = Infinity
  #isStopped = false

  constructor(dial: () => void, random: () => number = Math.random) {
    this.#dial = dial
    this.#random = random
  }

  /** A call waits. */
  soon(): void {
    const earliest = Math.max(this.#failedAt + firstDelayMs, this.#dialledAt + minGapMs)
    this.#schedule(Math.max(0, earliest - performance.now()))
  }

  /** No connection was made. */
  failed(): void {
    this.#failedAt = performance.now()
    this.#later()
  }

  /** The last session was lost, and nobody waits for another. */
  lost(livedMs: number): void {
    if (livedMs >= soundLifeMs) this.#delayMs = firstDelayMs
    this.#later()
  }

  succeeded(): void {
    this.#failedAt = -Infinity
    this.#cancel()
  }

  stop(): void {
    this.#isStopped = true
    this.#cancel()
  }

  #later(): void {
    this.#schedule(this.#delayMs * (0.8 + 0.4 * this.#random()))
    this.#delayMs = Math.min(maxDelayMs, this.#delayMs * factor)
  }

  #schedule(delayMs: number): void {
    const dueAt = performance.now() + delayMs
    if (this.#isStopped || dueAt >= this.#dueAt) return
    this.#cancel()
    if (delayMs === 0) this.#dialNow()
    else {
      this.#dueAt = dueAt
      this.#timer = setTimeout(() => this.#dialNow(), delayMs)
    }
  }

  #dialNow(): void {
    this.#cancel()
    this.#dialledAt = performance.now()
    this.#dial()
  }

  #cancel(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#dueAt = Infinity
  }
}
