import type { Clock } from "../clock.ts"

/** A clock for tests: it moves when it is told to. */
export interface HeldClock extends Clock {
  /**
   * Moves on, from each time until which something waits to the next, and lets everything run that follows there: also
   * waits that it begins, if they end by then. Waits until the same time end in the order in which they began.
   */
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
      const endMs = nowMs + ms
      for (;;) {
        nowMs = Math.max(nowMs, Math.min(endMs, ...[...waits].map(({ untilMs }) => untilMs)))
        const due = [...waits].filter(({ untilMs }) => untilMs <= nowMs)
        for (const { end } of due) end()
        await settle()
        if (due.length === 0) return
      }
    },
  }
}

/** Lets everything run that waits for no more than promises, also where a call gives its work one turn to say how it ended. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve))
}
