/** Two clocks: the time of day, which goes on while a machine sleeps, and one that (mostly) does not. */
export interface TwoClocks {
  /** `Date.now()`. */
  readonly timeOfDayMs: () => number
  /** `performance.now()`. */
  readonly nowMs: () => number
}

/** A shorter sleep breaks no connection; an adjusted clock moves by less. */
const sleepMs = 10_000

/** Says whether the machine has slept since it was asked before, by how far the two clocks have moved apart. */
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
