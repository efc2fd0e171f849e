/** What a session may send before its backend takes it for an attack: nghttp2 allows 1000 and 33 a second, Envoy 500. */
const maxResets = 400
const forgottenPerSecond = 16
/** In this time 100 resets are forgotten: a session that rested for it carries calls again. */
export const restMs = 6_250

/**
 * Counts the streams that we reset on one session. Ordinary cancels add up: a backend that has had enough of them ends the
 * connection (CVE-2023-44487), and every neighbour with it. Before that the session is left in peace.
 */
export class ResetAllowance {
  readonly #now: () => number
  #count = 0
  #countedAt: number

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    this.#countedAt = now()
  }

  /** Counts one more; false: the session should open no further stream. */
  spend(): boolean {
    const now = this.#now()
    const forgotten = ((now - this.#countedAt) / 1_000) * forgottenPerSecond
    this.#count = Math.max(0, this.#count - forgotten) + 1
    this.#countedAt = now
    return this.#count < maxResets
  }
}
