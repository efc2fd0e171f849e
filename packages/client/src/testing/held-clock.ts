import type { Clock } from "../clock.ts"

/** A clock for tests: it moves when it is told to. */
export interface HeldClock extends Clock {
  /** Moves on, lets end what waits until then, and lets everything run that follows from it. */
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
        if (signal.aborted) return resolve()
        const wait = { untilMs: nowMs + ms, end }
        waits.add(wait)
        signal.addEventListener("abort", end)
        function end(): void {
          waits.delete(wait)
          signal.removeEventListener("abort", end)
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

/** Lets everything run that waits for no more than promises, also where a call gives its work one turn to say how it ended. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve))
}
