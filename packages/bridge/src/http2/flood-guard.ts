/** Frames without use that the other end may send before it has to earn more. nghttp2 closes a connection after as many. */
const maxCredit = 1_000
/** What an event earns that makes frames without use plausible: a window update for DATA that we sent, an answered PING. */
const earned = 10
const earnedPerSecond = 20

/**
 * Counts frames that cost us work and carry nothing: PING, SETTINGS, empty DATA, window updates, frames of closed streams. Each takes
 * from a credit; calls and their data add to it, and time does.
 */
export class FloodGuard {
  readonly #now: () => number
  #credit = maxCredit
  #countedAt: number

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    this.#countedAt = now()
  }

  /** A stream was opened, or DATA went either way. */
  earn(): void {
    if (this.#credit < maxCredit) this.#credit = Math.min(maxCredit, this.#credit + earned)
  }

  /** A frame without use came. False: there were too many. */
  spend(): boolean {
    if (--this.#credit > 0) return true
    const now = this.#now()
    this.#credit = Math.min(maxCredit, Math.floor(((now - this.#countedAt) / 1_000) * earnedPerSecond))
    this.#countedAt = now
    return this.#credit > 0
  }
}
