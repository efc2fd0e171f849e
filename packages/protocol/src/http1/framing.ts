import type { HeadProblem } from "./head-problem.ts"
import { comma, isBlank, tokenOctets } from "./octets.ts"

/** How the body of a request ends (RFC 9112 §6.3). */
export type Framing = { readonly kind: "length"; readonly bytes: number } | { readonly kind: "chunked" }

const noBody: Framing = { kind: "length", bytes: 0 }
const chunked: Framing = { kind: "chunked" }
/** Digits of the largest safe integer. */
const maxLengthDigits = 16

/**
 * The fields that say where a request ends and whether another may follow. Two servers that read these fields in two ways see two
 * different requests (request smuggling). So every field that is not plain is refused.
 */
export class FramingFields {
  #bodyBytes = -1
  #isChunked = false
  #closes = false
  #keepsAlive = false
  /** The client waits for 100 Continue before it sends the body (RFC 9110 §10.1.1). */
  expectsContinue = false

  /** Begins the next head. */
  begin(): void {
    this.#bodyBytes = -1
    this.#isChunked = false
    this.#closes = false
    this.#keepsAlive = false
    this.expectsContinue = false
  }

  /** Reads the field if it is one of framing. Returns the problem with it. Null: it has none. */
  add(name: string, bytes: Uint8Array, start: number, end: number): HeadProblem | null {
    switch (name) {
      case "content-length":
        return this.#addLength(bytes, start, end)
      case "transfer-encoding":
        return this.#addCoding(bytes, start, end)
      case "connection":
        this.#addOptions(bytes, start, end)
        return null
      case "expect":
        if (!isWord(bytes, start, end, "100-continue")) return unknownExpectation
        this.expectsContinue = true
        return null
      default:
        return null
    }
  }

  /** Judges the fields together. Returns the problem. Null: there is none. */
  judge(minorVersion: number): HeadProblem | null {
    if (this.#isChunked && this.#bodyBytes >= 0) return lengthAndCoding
    if (this.#isChunked && minorVersion === 0) return codingBefore11
    if (minorVersion === 0) this.expectsContinue = false // RFC 9110 §10.1.1: ignored in HTTP/1.0
    return null
  }

  get framing(): Framing {
    if (this.#isChunked) return chunked
    return this.#bodyBytes <= 0 ? noBody : { kind: "length", bytes: this.#bodyBytes }
  }

  /** The client accepts that the connection carries another request after this one (RFC 9112 §9.3). */
  isPersistent(minorVersion: number): boolean {
    return !this.#closes && (minorVersion > 0 || this.#keepsAlive)
  }

  #addLength(bytes: Uint8Array, start: number, end: number): HeadProblem | null {
    if (this.#bodyBytes >= 0) return twoLengths
    if (start === end || end - start > maxLengthDigits) return badLength
    let length = 0
    for (let at = start; at < end; at++) {
      const digit = bytes[at] - 0x30
      if (digit < 0 || digit > 9) return badLength
      length = length * 10 + digit
    }
    if (length > Number.MAX_SAFE_INTEGER) return badLength
    this.#bodyBytes = length
    return null
  }

  #addCoding(bytes: Uint8Array, start: number, end: number): HeadProblem | null {
    if (this.#isChunked) return twoCodings
    if (!isWord(bytes, start, end, "chunked")) return unknownCoding
    this.#isChunked = true
    return null
  }

  #addOptions(bytes: Uint8Array, start: number, end: number): void {
    let from = start
    for (let at = start; at <= end; at++) {
      if (at < end && bytes[at] !== comma) continue
      this.#addOption(bytes, from, at)
      from = at + 1
    }
  }

  #addOption(bytes: Uint8Array, start: number, end: number): void {
    while (start < end && isBlank(bytes[start])) start++
    while (end > start && isBlank(bytes[end - 1])) end--
    if (isWord(bytes, start, end, "close")) this.#closes = true
    else if (isWord(bytes, start, end, "keep-alive")) this.#keepsAlive = true
  }
}

/** The bytes are this word, in any case. */
function isWord(bytes: Uint8Array, start: number, end: number, word: string): boolean {
  if (end - start !== word.length) return false
  for (let at = 0; at < word.length; at++) if (tokenOctets[bytes[start + at]] !== word.charCodeAt(at)) return false
  return true
}

const twoLengths: HeadProblem = { status: 400, text: "The request has two Content-Length fields, expected one" }
const badLength: HeadProblem = { status: 400, text: "The Content-Length field is not a decimal number of bytes" }
const twoCodings: HeadProblem = { status: 400, text: "The request has two Transfer-Encoding fields, expected one" }
const unknownCoding: HeadProblem = {
  status: 501,
  text: "The Transfer-Encoding field names a coding other than chunked",
}
const lengthAndCoding: HeadProblem = {
  status: 400,
  text: "The request has Content-Length and Transfer-Encoding, expected one of them",
}
const codingBefore11: HeadProblem = { status: 400, text: "The request is HTTP/1.0, which has no Transfer-Encoding" }
const unknownExpectation: HeadProblem = {
  status: 417,
  text: "The field expect names an expectation other than 100-continue",
}
