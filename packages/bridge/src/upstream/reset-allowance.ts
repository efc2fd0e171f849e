/** After this many resets in a burst a session opens no further stream. Backends tolerate more: nghttp2 1000 and 33 a second, Envoy 500. */
const maxResets = 400
const forgottenPerSecond = 16
/** In this time 100 resets are forgotten. A session that has rested this long carries calls again. */
export const restMs = 6_250

/**
 * Counts the streams that we reset on one session. Backends close a connection after too many resets (CVE-2023-44487). We stop
 * using a session before that, so that its other calls survive.
 */
export class ResetAllowance {
  readonly #now: () => number
  #count = 0
  #countedAt: number

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    this.#countedAt = now()
  }

  /** Counts one reset. False: the session should open no further stream. */
  spend(): boolean {
    const now = this.#now()
    const forgotten = ((now - this.#countedAt) / 1_000) * forgottenPerSecond
    this.#count = Math.max(0, this.#count - forgotten) + 1
    this.#countedAt = now
    return this.#count < maxResets
  }
}
