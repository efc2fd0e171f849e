/**
 * How flags and variables spell durations and sizes: a whole number and a unit. A duration without a unit is refused, because
 * the same digits mean seconds to one reader and milliseconds to another; a size without one is bytes.
 */

const durationUnits: readonly Unit[] = [
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
  ["ms", 1],
]

const sizeUnits: readonly Unit[] = [
  ["GiB", 1 << 30],
  ["MiB", 1 << 20],
  ["KiB", 1 << 10],
  ["", 1],
]

/** A unit's spelling and its size in the smallest one; tables go from the largest to the smallest. */
type Unit = readonly [spelling: string, factor: number]

/** Milliseconds of a text such as `500ms`, `30s`, `5m` or `1h`; null: it is none. */
export function parseDuration(text: string): number | null {
  return parseQuantity(text, durationUnits)
}

/** The shortest text that `parseDuration` reads as these whole milliseconds. */
export function formatDuration(ms: number): string {
  return formatQuantity(ms, durationUnits)
}

/** Bytes of a text such as `4096`, `64KiB`, `4MiB` or `1GiB`; null: it is none. */
export function parseSize(text: string): number | null {
  return parseQuantity(text, sizeUnits)
}

/** The shortest text that `parseSize` reads as these bytes. */
export function formatSize(bytes: number): string {
  return formatQuantity(bytes, sizeUnits)
}

function parseQuantity(text: string, units: readonly Unit[]): number | null {
  const [, digits, spelling] = /^(\d{1,16})([A-Za-z]*)$/.exec(text) ?? []
  const unit = units.find(([known]) => known === spelling)
  if (digits === undefined || unit === undefined) return null
  const amount = Number(digits) * unit[1]
  return Number.isSafeInteger(amount) ? amount : null
}

function formatQuantity(amount: number, units: readonly Unit[]): string {
  const smallest = units[units.length - 1]
  const [spelling, factor] = units.find(([, size]) => amount !== 0 && amount % size === 0) ?? smallest
  return `${amount / factor}${spelling}`
}
