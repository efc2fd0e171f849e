/** Number of checks in a row without a call that make up the timeout. */
const quietChecks = 4

/** Finds out that no call has come for a time. Owns the timer. A call costs one addition. */
export class IdleTimeout {
  readonly #hasCalls: () => boolean
  readonly #onIdle: () => void
  #timeoutMs: number | null = null
  #timer: NodeJS.Timeout | null = null
  #calls = 0
  #callsBefore = 0
  #quiet = 0

  /** `onIdle` is called after the timeout, and after each further quarter of it without a call. */
  constructor(hasCalls: () => boolean, onIdle: () => void) {
    this.#hasCalls = hasCalls
    this.#onIdle = onIdle
  }

  /** Uses this timeout from now on. Null: none. */
  configure(timeoutMs: number | null): void {
    if (timeoutMs === this.#timeoutMs) return
    this.stop()
    this.#timeoutMs = timeoutMs
    if (timeoutMs !== null) this.#timer = setInterval(() => this.#check(), Math.ceil(timeoutMs / quietChecks)).unref()
  }

  /** A call has come. */
  called(): void {
    this.#calls++
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    this.#timeoutMs = null
    this.#quiet = 0
  }

  /** The time since the last check counts only if there was no call in it. */
  #check(): void {
    const isQuiet = this.#calls === this.#callsBefore && !this.#hasCalls()
    this.#callsBefore = this.#calls
    this.#quiet = isQuiet ? this.#quiet + 1 : 0
    if (this.#quiet >= quietChecks) this.#onIdle()
  }
}
