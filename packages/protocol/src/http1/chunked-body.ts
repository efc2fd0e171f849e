import {
  backslash,
  carriageReturn,
  colon,
  equalsSign,
  hexDigits,
  lineFeed,
  quote,
  semicolon,
  tokenOctets,
  valueOctets,
} from "./octets.ts"

/** Bytes of all chunk extensions of a body, and of the trailer section, at most. Nobody uses them, and an attacker would. */
const maxExtraBytes = 8_192
/** A chunk size of more digits is above what fits a number exactly. */
const maxSizeDigits = 13

type Place =
  | "size" // digits of a chunk's size
  | "extension-start" // a name is expected
  | "extension-name"
  | "extension-value-start" // a token or a quoted string is expected
  | "extension-value"
  | "quoted"
  | "quoted-pair" // after a backslash
  | "quoted-end"
  | "size-end" // the CR was read, LF is expected
  | "data"
  | "data-end" // CR is expected after a chunk's data
  | "data-end-feed"
  | "trailer-start" // at the beginning of a trailer line, or of the last blank line
  | "trailer-name"
  | "trailer-value"
  | "trailer-end" // LF is expected
  | "last-feed" // LF of the last blank line is expected
  | "complete"
  | "refused"

/**
 * Reads a body in chunked coding (RFC 9112 §7.1), strictly. Extensions and trailers are read and dropped, within a bound. The reader
 * keeps no bytes. Time is linear, however the bytes are cut.
 */
export class ChunkedBodyReader {
  #place: Place = "size"
  #size = 0
  #digits = 0
  #extraBytes = 0
  /** Start and end of the data that `read` has found. Equal: it found none. */
  dataStart = 0
  dataEnd = 0

  /** Begins the next body. */
  begin(): void {
    this.#place = "size"
    this.#size = 0
    this.#digits = 0
    this.#extraBytes = 0
  }

  get isComplete(): boolean {
    return this.#place === "complete"
  }

  /** The body cannot be read: its end is unknown, so the connection must close. */
  get isRefused(): boolean {
    return this.#place === "refused"
  }

  /**
   * Reads from `at` up to the end of the next run of data, or up to `end`. Returns the offset after the bytes that were read. Call
   * it again while that is below `end` and the body is neither complete nor refused.
   */
  read(bytes: Uint8Array, at: number, end: number): number {
    this.dataStart = at
    this.dataEnd = at
    while (at < end) {
      if (this.#place === "data") {
        const taken = Math.min(this.#size, end - at)
        this.dataStart = at
        this.dataEnd = at + taken
        this.#size -= taken
        if (this.#size === 0) this.#place = "data-end"
        return at + taken
      }
      if (this.isComplete || this.isRefused) return at
      this.#octet(bytes[at])
      at++
    }
    return at
  }

  #octet(octet: number): void {
    switch (this.#place) {
      case "size":
        return this.#sizeOctet(octet)
      case "size-end":
        return this.#expect(octet, lineFeed, this.#size === 0 ? "trailer-start" : "data")
      case "data-end":
        return this.#expect(octet, carriageReturn, "data-end-feed")
      case "data-end-feed":
        this.#digits = 0
        return this.#expect(octet, lineFeed, "size")
      case "trailer-end":
        return this.#expect(octet, lineFeed, "trailer-start")
      case "last-feed":
        return this.#expect(octet, lineFeed, "complete")
      default:
        this.#place = ++this.#extraBytes > maxExtraBytes ? "refused" : afterExtra(this.#place, octet)
    }
  }

  #sizeOctet(octet: number): void {
    const digit = hexDigits[octet]
    if (digit !== 255 && this.#digits < maxSizeDigits) {
      this.#size = this.#size * 16 + digit
      this.#digits++
    } else if (this.#digits === 0) this.#place = "refused"
    else if (octet === carriageReturn) this.#place = "size-end"
    else this.#place = octet === semicolon ? "extension-start" : "refused"
  }

  #expect(octet: number, expected: number, next: Place): void {
    this.#place = octet === expected ? next : "refused"
  }
}

/** The place after this octet of an extension or of a trailer. */
function afterExtra(place: Place, octet: number): Place {
  switch (place) {
    case "extension-start":
      return tokenOctets[octet] === 0 ? "refused" : "extension-name"
    case "extension-name":
      if (tokenOctets[octet] !== 0) return "extension-name"
      return octet === equalsSign ? "extension-value-start" : afterExtension(octet)
    case "extension-value-start":
      if (octet === quote) return "quoted"
      return tokenOctets[octet] === 0 ? "refused" : "extension-value"
    case "extension-value":
      return tokenOctets[octet] === 0 ? afterExtension(octet) : "extension-value"
    case "quoted":
      if (octet === quote) return "quoted-end"
      if (octet === backslash) return "quoted-pair"
      return valueOctets[octet] === 0 ? "refused" : "quoted"
    case "quoted-pair":
      return valueOctets[octet] === 0 ? "refused" : "quoted"
    case "quoted-end":
      return afterExtension(octet)
    case "trailer-start":
      if (octet === carriageReturn) return "last-feed"
      return tokenOctets[octet] === 0 ? "refused" : "trailer-name"
    case "trailer-name":
      if (octet === colon) return "trailer-value"
      return tokenOctets[octet] === 0 ? "refused" : "trailer-name"
    case "trailer-value":
      if (octet === carriageReturn) return "trailer-end"
      return valueOctets[octet] === 0 ? "refused" : "trailer-value"
    default:
      return "refused"
  }
}

function afterExtension(octet: number): Place {
  if (octet === semicolon) return "extension-start"
  return octet === carriageReturn ? "size-end" : "refused"
}
