import type { Clock } from "../clock.ts"

/** A clock for tests: it moves only by `advance`. */
export interface HeldClock extends Clock {
  /**
   * Moves the clock by `ms` milliseconds. It stops at the end time of each wait and runs the code that follows,
   * including new waits that end in time. Waits with one end time end in the order in which they began.
   */
  advance(ms: number): Promise<void>
}

/** Creates a clock at 0. */
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

/**
 * Runs everything that waits only for promises, including the extra turn of the event loop that a call gives to its
 * work.
 */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve))
}
