/** Counts the resets of one connection that its client has caused, and forgets some of them with time (CVE-2023-44487, CVE-2025-8671). */
export class ResetLimit {
  readonly #burst: number
  readonly #perSecond: number
  readonly #now: () => number
  #count = 0
  #countedAt: number

  constructor(burst: number, perSecond: number, now: () => number = () => performance.now()) {
    this.#burst = burst
    this.#perSecond = perSecond
    this.#now = now
    this.#countedAt = now()
  }

  /** Counts one reset. False: there were too many. */
  spend(): boolean {
    const now = this.#now()
    this.#count = Math.max(0, this.#count - ((now - this.#countedAt) / 1_000) * this.#perSecond) + 1
    this.#countedAt = now
    return this.#count <= this.#burst
  }
}
