/**
 * The grpc-timeout header (PROTOCOL-HTTP2.md, "Timeout"): one to eight digits and a unit. Eight digits are little for a
 * long time in a small unit, which is why other writers have sent values that no server reads.
 */

const maxDigits = 99_999_999

/** The units from fine to coarse, and how many of each are a millisecond or how many milliseconds they are. */
const units = [
  { letter: "n", perMs: 1e6, ms: 1 },
  { letter: "u", perMs: 1e3, ms: 1 },
  { letter: "m", perMs: 1, ms: 1 },
  { letter: "S", perMs: 1, ms: 1e3 },
  { letter: "M", perMs: 1, ms: 60_000 },
  { letter: "H", perMs: 1, ms: 3_600_000 },
] as const

/** A timeout in milliseconds, perhaps fractional; `null` if the value is malformed (INVALID_ARGUMENT, never passed on). */
export function parseTimeout(value: string): number | null {
  if (!/^\d{1,8}[HMSmun]$/.test(value)) return null
  const amount = Number(value.slice(0, -1))
  const unit = units.find(({ letter }) => letter === value.at(-1))
  return unit === undefined ? null : (amount * unit.ms) / unit.perMs
}

/**
 * The header for a timeout in milliseconds: in the finest unit that holds it in eight digits, and rounded down, so that
 * the next hop never waits longer than this one. Nothing left (zero, negative, NaN) is `0n`; anything left is at least
 * `1n`; more than the format can say, Infinity too, is its longest, `99999999H`.
 */
export function formatTimeout(ms: number): string {
  if (!(ms > 0)) return "0n"
  for (const unit of units) {
    const amount = Math.floor((ms * unit.perMs) / unit.ms)
    if (amount <= maxDigits) {
      // The product may have been rounded up to a whole number.
      const isLonger = (amount * unit.ms) / unit.perMs > ms
      return `${Math.max(isLonger ? amount - 1 : amount, 1)}${unit.letter}`
    }
  }
  return `${maxDigits}H`
}
