import type { Sessions } from "./sessions.ts"

/** Interval of the check for surplus sessions. */
const sweepMs = 60_000

/** Closes the sessions that are left over once calls are fewer: from time to time all but one of those without a call. Owns the timer. */
export class SurplusSessions {
  readonly #sessions: Sessions
  #timer: NodeJS.Timeout | null = null

  constructor(sessions: Sessions) {
    this.#sessions = sessions
  }

  /** The timer runs only while there are several sessions. */
  sessionOpened(): void {
    if (this.#sessions.open.size > 1) this.#timer ??= setInterval(() => this.#sweep(), sweepMs).unref()
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  #sweep(): void {
    if (this.#sessions.closeIdle()) this.stop()
  }
}
