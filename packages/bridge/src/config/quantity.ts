/**
 * The spelling of durations and sizes in flags and variables: a whole number and a unit. A duration needs a unit, since the same
 * digits mean seconds to one reader and milliseconds to another. A size without a unit is in bytes.
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

/** A unit's spelling, and its size in the smallest unit. Tables are sorted from the largest to the smallest. */
type Unit = readonly [spelling: string, factor: number]

/** Parses a text such as `500ms`, `30s`, `5m` or `1h` to milliseconds. Null: the text has another form. */
export function parseDuration(text: string): number | null {
  return parseQuantity(text, durationUnits)
}

/** The shortest text that `parseDuration` reads as this number of milliseconds. */
export function formatDuration(ms: number): string {
  return formatQuantity(ms, durationUnits)
}

/** Parses a text such as `4096`, `64KiB`, `4MiB` or `1GiB` to bytes. Null: the text has another form. */
export function parseSize(text: string): number | null {
  return parseQuantity(text, sizeUnits)
}

/** The shortest text that `parseSize` reads as this number of bytes. */
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
