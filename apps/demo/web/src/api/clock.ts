/** Time, as something that a test can hold. */
export interface Clock {
  /** Milliseconds on a clock that never jumps. */
  nowMs(): number
  /** Resolves after so many milliseconds, or as soon as the signal fires. Never rejects. */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

/** The browser's clock: `performance.now()` and `setTimeout`. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wait: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const timer = setTimeout(finish, ms)
      signal.addEventListener("abort", finish)
      function finish(): void {
        clearTimeout(timer)
        signal.removeEventListener("abort", finish)
        resolve()
      }
    }),
}
