/**
 * Integers of HPACK (RFC 7541 §5.1). The first octet holds `prefix` (a mask of its lowest bits); a value that does not fit goes on in
 * octets of seven bits, the lowest first.
 */

/** Writes the integer at `at`; `flags` are the other bits of the first octet. Returns the offset after it. */
export function writeInteger(out: Uint8Array, at: number, flags: number, prefix: number, value: number): number {
  if (value < prefix) {
    out[at] = flags | value
    return at + 1
  }
  out[at++] = flags | prefix
  let rest = value - prefix
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) out[at++] = (rest & 0x7f) | 0x80
  out[at] = rest
  return at + 1
}

/** The most octets that `writeInteger` writes for a number below 2^31. */
export const maxIntegerBytes = 6

/**
 * Reads integers one after the other. A reader is reused, because a result with value and offset would be an object for each of
 * them.
 */
export class IntegerReader {
  /** Offset after the last integer. */
  at = 0

  /** The integer at `at`; -1: the bytes end before it, or it is larger than any that makes sense (2^28). */
  read(bytes: Uint8Array, end: number, prefix: number): number {
    if (this.at >= end) return -1
    let value = bytes[this.at++] & prefix
    if (value < prefix) return value
    for (let shift = 0; shift <= 21; shift += 7) {
      if (this.at >= end) return -1
      const octet = bytes[this.at++]
      value += (octet & 0x7f) << shift
      if (octet < 0x80) return value
    }
    return -1
  }
}
