import type { FieldNames } from "./field-names.ts"
import type { Framing } from "./framing.ts"
import { FramingFields } from "./framing.ts"
import type { HeadProblem } from "./head-problem.ts"
import { carriageReturn, colon, isBlank, lineFeed, space, tokenOctets, valueOctets } from "./octets.ts"

/** Limits of a request head. */
export interface HeadLimits {
  /** Bytes from the request line to the blank line at the end. */
  readonly maxBytes: number
  readonly maxFields: number
}

type State = "before the request line" | "fields" | "complete" | "refused"

/**
 * Reads the head of a request (RFC 9112 §2 to §5), strictly, so that every server reads the head in the same way. It refuses bare LF
 * and CR, folded lines, blanks before a colon, control characters, and every length that is not plain decimal. Blanks are no part of
 * a value. The reader keeps no bytes: its results are offsets in the caller's memory. Time is linear, however the bytes are cut.
 */
export class RequestHeadReader {
  readonly #limits: HeadLimits
  readonly #names: FieldNames
  readonly #framing = new FramingFields()
  readonly #fieldNames: string[] = []
  /** Start and end of each value. */
  readonly #values: number[] = []
  #fieldCount = 0
  #state: State = "before the request line"
  #start = 0
  #lineStart = 0
  #at = 0
  #methodEnd = 0
  #targetEnd = 0
  #minorVersion = 1
  #problem: HeadProblem | null = null

  constructor(limits: HeadLimits, names: FieldNames) {
    this.#limits = limits
    this.#names = names
  }

  /** Begins the next head at this offset. */
  begin(start: number): void {
    this.#state = "before the request line"
    this.#start = start
    this.#lineStart = start
    this.#at = start
    this.#fieldCount = 0
    this.#problem = null
    this.#framing.begin()
  }

  /**
   * Reads on, up to `end`. True: the head is complete, or refused (`problem`). False: it needs more bytes, which must follow those
   * before them in the same memory.
   */
  read(bytes: Uint8Array, end: number): boolean {
    const stop = Math.min(end, this.#start + this.#limits.maxBytes)
    let at = this.#at
    while (this.#state !== "complete" && this.#state !== "refused") {
      while (at < stop && valueOctets[bytes[at]] === 1) at++
      if (at === stop) break
      if (bytes[at] !== carriageReturn) this.#refuse(badOctet)
      else if (at + 1 === stop) break
      else if (bytes[at + 1] !== lineFeed) this.#refuse(badOctet)
      else {
        this.#endLine(bytes, at)
        at += 2
        this.#lineStart = at
      }
    }
    this.#at = at
    if (!this.#isOver && stop < end) this.#refuse(tooLong)
    return this.#isOver
  }

  /** The caller has moved the bytes of the head: its first byte is now at `to`. */
  moved(to: number): void {
    const by = to - this.#start
    this.#start += by
    this.#lineStart += by
    this.#at += by
    this.#methodEnd += by
    this.#targetEnd += by
    for (let i = 0; i < 2 * this.#fieldCount; i++) this.#values[i] += by
  }

  /** Only blank lines have come, which a server ignores before a request (RFC 9112 §2.2). */
  get isUnbegun(): boolean {
    return this.#state === "before the request line" && this.#at === this.#start
  }

  /** The reason why the head is refused. Null: none was found. */
  get problem(): HeadProblem | null {
    return this.#problem
  }

  /** Offset of the request line, where the method begins. */
  get start(): number {
    return this.#start
  }

  get methodEnd(): number {
    return this.#methodEnd
  }

  /** The target begins one byte after the method. */
  get targetEnd(): number {
    return this.#targetEnd
  }

  /** 1: HTTP/1.1. 0: HTTP/1.0. */
  get minorVersion(): number {
    return this.#minorVersion
  }

  /** Offset after the head. */
  get end(): number {
    return this.#at
  }

  get fieldCount(): number {
    return this.#fieldCount
  }

  /** Name of a field, in lower case. */
  nameOf(field: number): string {
    return this.#fieldNames[field]
  }

  valueStart(field: number): number {
    return this.#values[2 * field]
  }

  valueEnd(field: number): number {
    return this.#values[2 * field + 1]
  }

  /** How the body ends. */
  get framing(): Framing {
    return this.#framing.framing
  }

  /** Another request may follow on the connection. */
  get isPersistent(): boolean {
    return this.#framing.isPersistent(this.#minorVersion)
  }

  /** The client waits for 100 Continue before it sends the body. */
  get expectsContinue(): boolean {
    return this.#framing.expectsContinue
  }

  get #isOver(): boolean {
    return this.#state === "complete" || this.#state === "refused"
  }

  #endLine(bytes: Uint8Array, end: number): void {
    const start = this.#lineStart
    if (this.#state === "fields") {
      if (end > start) this.#readField(bytes, start, end)
      else this.#complete()
    } else if (end > start) this.#readRequestLine(bytes, start, end)
    else this.#start = end + 2
  }

  #complete(): void {
    const problem = this.#framing.judge(this.#minorVersion)
    if (problem === null) this.#state = "complete"
    else this.#refuse(problem)
  }

  #readRequestLine(bytes: Uint8Array, start: number, end: number): void {
    let at = start
    while (tokenOctets[bytes[at]] !== 0) at++
    this.#methodEnd = at
    const targetStart = at + 1
    const targetEnd = end - versionBytes - 1
    if (at === start || bytes[at] !== space || targetEnd <= targetStart || bytes[targetEnd] !== space) {
      this.#refuse(badRequestLine)
      return
    }
    for (at = targetStart; at < targetEnd; at++) {
      if (bytes[at] > space && bytes[at] < 0x7f) continue
      this.#refuse(badRequestLine)
      return
    }
    this.#targetEnd = targetEnd
    this.#readVersion(bytes, targetEnd + 1)
  }

  #readVersion(bytes: Uint8Array, start: number): void {
    let at = 0
    while (at < version.length && bytes[start + at] === version.charCodeAt(at)) at++
    const major = bytes[start + 5] - 0x30
    const minor = bytes[start + 7] - 0x30
    const isVersion = at >= 5 && bytes[start + 6] === 0x2e && isDigit(major) && isDigit(minor)
    this.#minorVersion = minor
    if (!isVersion) this.#refuse(badRequestLine)
    else if (major !== 1 || minor > 1) this.#refuse(otherVersion)
    else this.#state = "fields"
  }

  #readField(bytes: Uint8Array, start: number, end: number): void {
    let at = start
    while (tokenOctets[bytes[at]] !== 0) at++
    const nameEnd = at
    if (at === start || at === end || bytes[at] !== colon) {
      this.#refuse(isBlank(bytes[start]) ? foldedLine : badFieldLine)
      return
    }
    if (this.#fieldCount === this.#limits.maxFields) {
      this.#refuse(tooManyFields)
      return
    }
    at++
    while (at < end && isBlank(bytes[at])) at++
    while (end > at && isBlank(bytes[end - 1])) end--
    const name = this.#names.intern(bytes, start, nameEnd)
    this.#fieldNames[this.#fieldCount] = name
    this.#values[2 * this.#fieldCount] = at
    this.#values[2 * this.#fieldCount + 1] = end
    this.#fieldCount++
    const problem = this.#framing.add(name, bytes, at, end)
    if (problem !== null) this.#refuse(problem)
  }

  #refuse(problem: HeadProblem): void {
    this.#state = "refused"
    this.#problem = problem
  }
}

const version = "HTTP/"
const versionBytes = 8

function isDigit(value: number): boolean {
  return value >= 0 && value <= 9
}

const badOctet: HeadProblem = {
  status: 400,
  text: "The request head has a control character, or a CR or LF that does not end a line as CRLF",
}
const badRequestLine: HeadProblem = {
  status: 400,
  text: "The first line is not an HTTP/1.1 request line, expected METHOD SP target SP HTTP/1.1",
}
const otherVersion: HeadProblem = {
  status: 505,
  text: "The request line names a version other than HTTP/1.0 and HTTP/1.1; HTTP/2 begins with its own preface",
}
const foldedLine: HeadProblem = {
  status: 400,
  text: "A line of the request head begins with a blank, but a field may not be folded over lines (RFC 9112 §5.2)",
}
const badFieldLine: HeadProblem = {
  status: 400,
  text: "A line of the request head is not a field, expected name:value without a blank before the colon",
}
const tooLong: HeadProblem = { status: 431, text: "The request head is too long" }
const tooManyFields: HeadProblem = { status: 431, text: "The request head has too many fields" }
