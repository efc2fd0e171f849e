/** A source of time that a test can replace. */
export interface Clock {
  /** Milliseconds on a monotonic clock: it does not jump when the time of day is set. */
  nowMs(): number
  /**
   * Resolves after `ms` milliseconds, or earlier when the signal aborts. Infinity: only when the signal aborts. Never
   * rejects.
   */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

/** The longest timer, in milliseconds. Browsers and Node keep the delay in 31 bits; a longer timer fires at once. */
const maxTimerMs = 0x7fff_ffff

/** `performance.now()` and `setTimeout`. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wait: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const timer = ms === Infinity ? undefined : setTimeout(finish, Math.min(ms, maxTimerMs))
      signal.addEventListener("abort", finish)
      function finish(): void {
        clearTimeout(timer)
        signal.removeEventListener("abort", finish)
        resolve()
      }
    }),
}
