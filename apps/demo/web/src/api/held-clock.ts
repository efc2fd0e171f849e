import type { Clock } from "./clock.ts"

/** A clock for tests: it moves when it is told to. */
export interface HeldClock extends Clock {
  /** Moves on, and lets end what waits until then. */
  advance(ms: number): Promise<void>
}

/** Makes a clock that stands at 0. */
export function createHeldClock(): HeldClock {
  let nowMs = 0
  const waits = new Set<{ readonly untilMs: number; readonly end: () => void }>()
  return {
    nowMs: () => nowMs,
    wait: (ms, signal) =>
      new Promise((resolve) => {
        const wait = { untilMs: nowMs + ms, end }
        waits.add(wait)
        signal.addEventListener("abort", end)
        function end(): void {
          waits.delete(wait)
          resolve()
        }
      }),
    async advance(ms) {
      nowMs += ms
      for (const wait of waits) if (wait.untilMs <= nowMs) wait.end()
      await settle()
    },
  }
}

/** Lets everything run that waits for no more than promises. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve))
}
