const minMs = 250
const firstCeilingMs = 1_000
const maxCeilingMs = 15_000

/**
 * How long to wait before the next attempt, in milliseconds, after so many failures in a row (1 or more). The ceiling
 * doubles from 1 s to 15 s; the wait is anywhere below it, so that the pages which lost the same bridge do not all come
 * back in the same moment.
 */
export function backoffMs(failures: number, random: () => number): number {
  const ceilingMs = Math.min(firstCeilingMs * 2 ** (failures - 1), maxCeilingMs)
  return Math.max(minMs, Math.round(random() * ceilingMs))
}
