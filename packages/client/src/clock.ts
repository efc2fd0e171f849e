/** Time, as something that a test can hold. */
export interface Clock {
  /** Milliseconds on a clock that does not jump when the time of day is set. */
  nowMs(): number
  /** Resolves after so many milliseconds, or as soon as the signal fires; Infinity: only then. Never rejects. */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

/** A longer timer fires at once: browsers and Node keep its time in 31 bits. */
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
