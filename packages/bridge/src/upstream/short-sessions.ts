/** A session that the backend ends within this time is a short one. For as long it is remembered. */
const shortMs = 1_000

/**
 * Remembers how many calls the sessions took that the backend ended soon after they had opened. One such session may be the end of
 * the backend's process. Only a second one, soon after the first, says what to expect of the next.
 */
export class ShortSessions {
  #lastCalls = 0
  #expectedCalls = Infinity
  #endedAt = -Infinity

  /** The backend has ended a session by GOAWAY. `calls`: how many it took; 0: unknown. */
  ended(calls: number, livedMs: number): void {
    if (livedMs >= shortMs || calls === 0) return
    this.#expectedCalls = this.#isRemembered ? Math.max(this.#lastCalls, calls) : Infinity
    this.#lastCalls = calls
    this.#endedAt = performance.now()
  }

  /** Number of calls that the next session will probably take. Infinity: sessions live long. */
  get callsPerSession(): number {
    return this.#isRemembered ? this.#expectedCalls : Infinity
  }

  get #isRemembered(): boolean {
    return performance.now() - this.#endedAt < shortMs
  }
}
