/** Two clocks: the wall clock, which goes on while a machine sleeps, and a monotonic clock, which usually does not. */
export interface TwoClocks {
  /** `Date.now()`. */
  readonly timeOfDayMs: () => number
  /** `performance.now()`. */
  readonly nowMs: () => number
}

/**
 * The shortest sleep to report, in milliseconds. A shorter sleep breaks no connection, and clock adjustments are
 * smaller.
 */
const sleepMs = 10_000

/**
 * Returns a function that says whether the machine has slept since the previous call: the two clocks have then moved
 * apart.
 */
export function createSleepDetector({ timeOfDayMs, nowMs }: TwoClocks): () => boolean {
  const distance = (): number => timeOfDayMs() - nowMs()
  let before = distance()
  return () => {
    const now = distance()
    const moved = now - before
    before = now
    return moved >= sleepMs
  }
}
