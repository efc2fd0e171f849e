/**
 * The grpc-timeout header (PROTOCOL-HTTP2.md, "Timeout"): one to eight digits and a unit. Eight digits are too few for
 * a long time in a small unit. Other clients ignored that and sent values that no server reads.
 */

const maxDigits = 99_999_999

/** The units from fine to coarse. One millisecond is `perMs / ms` of a unit. */
const units = [
  { letter: "n", perMs: 1e6, ms: 1 },
  { letter: "u", perMs: 1e3, ms: 1 },
  { letter: "m", perMs: 1, ms: 1 },
  { letter: "S", perMs: 1, ms: 1e3 },
  { letter: "M", perMs: 1, ms: 60_000 },
  { letter: "H", perMs: 1, ms: 3_600_000 },
] as const

/**
 * Reads a timeout in milliseconds, which may be fractional. `null` if the value is malformed: the caller answers
 * INVALID_ARGUMENT and does not pass it on.
 */
export function parseTimeout(value: string): number | null {
  if (!/^\d{1,8}[A-Za-z]$/.test(value)) return null
  const amount = Number(value.slice(0, -1))
  const unit = units.find(({ letter }) => letter === value.at(-1))
  return unit === undefined ? null : (amount * unit.ms) / unit.perMs
}

/**
 * Writes the header for a timeout in milliseconds, in the finest unit that holds it in eight digits. It is rounded
 * down, so that the next hop never waits longer than this one. Zero, a negative number and NaN give `0n`; any time
 * above zero gives at least `1n`; a time too long for the format, or Infinity, gives the longest, `99999999H`.
 */
export function formatTimeout(ms: number): string {
  if (!(ms > 0)) return "0n"
  for (const unit of units) {
    const amount = Math.floor((ms * unit.perMs) / unit.ms)
    if (amount <= maxDigits) {
      // Floating-point arithmetic may have rounded the product up.
      const isLonger = (amount * unit.ms) / unit.perMs > ms
      return `${Math.max(isLonger ? amount - 1 : amount, 1)}${unit.letter}`
    }
  }
  return `${maxDigits}H`
}
