import type { FieldNames, HeadLimits, HeadProblem } from "@causeway/protocol/http1"
import { ChunkedBodyReader, RequestHeadReader } from "@causeway/protocol/http1"

/** Callbacks of the intake. They may call its methods. */
export interface IntakeListener {
  /** A head is complete. The bytes that it lies in are valid as long as the listener wants. */
  request(head: RequestHeadReader, bytes: Buffer): void
  /** A piece of the request's body. */
  body(piece: Buffer): void
  /** The request is complete. The next one waits for `release`. */
  requestEnded(): void
  /** The request cannot be read on. */
  unreadable(problem: HeadProblem): void
  /** More requests came than wait for an answer. */
  tooMuchWaits(): void
  /** Bytes came after `stop`. */
  ignored(bytes: number): void
}

/** The part of the connection's bytes that is read next. */
type State =
  | "head"
  | "body" // with a length
  | "chunks"
  | "waiting" // the request is complete, and its answer is not
  | "stopped"

/** Bytes of later requests that wait for an answer. Browsers send none. */
const maxWaitingBytes = 65_536
/** Memory of a piece that waits, in addition to its bytes: requests may come byte by byte. */
const pieceBytes = 256
const leastPartialBytes = 2_048

const badChunk: HeadProblem = {
  status: 400,
  text: "The body is not in chunked coding: expected a size in hexadecimal digits, CRLF, as many bytes, CRLF (RFC 9112 §7.1)",
}

/**
 * Divides the bytes of an HTTP/1.1 connection into requests, one at a time: while one is answered, later ones wait as bytes. Does no
 * I/O.
 */
export class RequestIntake {
  readonly #listener: IntakeListener
  readonly #maxHeadBytes: number
  readonly #head: RequestHeadReader
  readonly #chunks = new ChunkedBodyReader()
  #state: State = "head"
  #missingBytes = 0
  /** The beginning of a head that came in several pieces. */
  #partial: Buffer | null = null
  #partialBytes = 0
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #isReading = false

  constructor(limits: HeadLimits, names: FieldNames, listener: IntakeListener) {
    this.#listener = listener
    this.#maxHeadBytes = limits.maxBytes
    this.#head = new RequestHeadReader(limits, names)
    this.#head.begin(0)
  }

  /** A part of a head has come. */
  get isInsideHead(): boolean {
    return this.#state === "head" && this.#partialBytes > 0
  }

  /** The current request is not complete. */
  get isInsideBody(): boolean {
    return this.#state === "body" || this.#state === "chunks"
  }

  get isStopped(): boolean {
    return this.#state === "stopped"
  }

  /** Bytes of later requests wait. */
  get hasWaiting(): boolean {
    return this.#waitingBytes > 0
  }

  /** Takes the next bytes of the connection. */
  feed(bytes: Buffer): void {
    if (this.#isReading || this.#waitingBytes > 0) this.#keep(bytes, 0)
    else this.#readAll(bytes)
  }

  /** The answer to the current request was sent: the next request may come. Call `readWaiting` then, if some wait. */
  release(): void {
    if (this.#state === "waiting") this.#state = "head"
  }

  /** Reads the bytes that have waited. */
  readWaiting(): void {
    if (this.#isReading || this.#waitingBytes === 0) return
    const bytes = this.#waiting.length === 1 ? this.#waiting[0] : Buffer.concat(this.#waiting)
    this.#waiting = []
    this.#waitingBytes = 0
    this.#readAll(bytes)
  }

  /** No further request is read. */
  stop(): void {
    this.#state = "stopped"
    this.#waiting = []
    this.#waitingBytes = 0
  }

  #readAll(bytes: Buffer): void {
    this.#isReading = true
    try {
      this.#read(bytes)
    } finally {
      this.#isReading = false
    }
  }

  #read(received: Buffer): void {
    let bytes = received
    let at = 0
    while (at < bytes.length) {
      switch (this.#state) {
        case "head": {
          const whole = this.#readHead(bytes, at)
          if (whole === null) return
          bytes = whole
          at = this.#head.end
          break
        }
        case "body":
          at = this.#readBody(bytes, at)
          break
        case "chunks":
          at = this.#readChunks(bytes, at)
          break
        case "waiting":
          return this.#keep(bytes, at)
        case "stopped":
          return this.#listener.ignored(bytes.length - at)
      }
    }
  }

  /** Returns the bytes in which the head lies. Null: it is incomplete. */
  #readHead(bytes: Buffer, at: number): Buffer | null {
    let whole = bytes
    if (this.#partial === null) this.#head.begin(at)
    else whole = this.#addToPartial(bytes, at)
    const end = this.#partial === null ? bytes.length : this.#partialBytes
    if (!this.#head.read(whole, end)) {
      if (this.#partial === null) this.#beginPartial(bytes)
      else this.#dropBlankLines(this.#partial)
      return null
    }
    if (this.#partial !== null) whole = whole.subarray(0, end)
    this.#partial = null
    this.#partialBytes = 0
    if (this.#head.problem === null) this.#begin(whole)
    else this.#fail(this.#head.problem)
    return whole
  }

  #begin(bytes: Buffer): void {
    const { framing } = this.#head
    if (framing.kind === "chunked") {
      this.#chunks.begin()
      this.#state = "chunks"
    } else {
      this.#missingBytes = framing.bytes
      this.#state = framing.bytes === 0 ? "waiting" : "body"
    }
    const isComplete = this.#state === "waiting"
    this.#listener.request(this.#head, bytes)
    if (isComplete) this.#listener.requestEnded()
  }

  /** Keeps what came of a head. A bound is the limit of heads. */
  #beginPartial(bytes: Buffer): void {
    const { start } = this.#head
    const length = bytes.length - start
    if (length === 0) return
    this.#partial = Buffer.allocUnsafe(this.#roomFor(length))
    this.#partialBytes = bytes.copy(this.#partial, 0, start)
    this.#head.moved(0)
  }

  /** Blank lines before the head are not kept. An endless row of them would fill the memory. */
  #dropBlankLines(partial: Buffer): void {
    const { start } = this.#head
    if (start === 0) return
    this.#partialBytes = partial.copy(partial, 0, start, this.#partialBytes)
    this.#head.moved(0)
    if (this.#partialBytes === 0) this.#partial = null
  }

  /** Grows by doubling, so that each byte is copied about once. Above the limit of heads no room is left for more. */
  #roomFor(length: number): number {
    return Math.max(length, leastPartialBytes, Math.min(2 * length, this.#maxHeadBytes))
  }

  #addToPartial(bytes: Buffer, at: number): Buffer {
    const length = this.#partialBytes + bytes.length - at
    let partial = this.#partial
    if (partial === null || partial.length < length) {
      const larger = Buffer.allocUnsafe(this.#roomFor(length))
      partial?.copy(larger, 0, 0, this.#partialBytes)
      partial = larger
    }
    bytes.copy(partial, this.#partialBytes, at)
    this.#partial = partial
    this.#partialBytes = length
    return partial
  }

  #readBody(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#missingBytes)
    this.#missingBytes -= end - at
    const isComplete = this.#missingBytes === 0
    if (isComplete) this.#state = "waiting"
    this.#listener.body(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end))
    if (isComplete) this.#listener.requestEnded()
    return end
  }

  #readChunks(bytes: Buffer, at: number): number {
    const chunks = this.#chunks
    const end = chunks.read(bytes, at, bytes.length)
    if (chunks.dataEnd > chunks.dataStart) this.#listener.body(bytes.subarray(chunks.dataStart, chunks.dataEnd))
    if (this.#state !== "chunks") return end
    if (chunks.isRefused) this.#fail(badChunk)
    else if (chunks.isComplete) {
      this.#state = "waiting"
      this.#listener.requestEnded()
    }
    return end
  }

  #fail(problem: HeadProblem): void {
    this.stop()
    this.#listener.unreadable(problem)
  }

  #keep(bytes: Buffer, at: number): void {
    const rest = at === 0 ? bytes : bytes.subarray(at)
    this.#waitingBytes += rest.length + (this.#waiting.length > 0 ? pieceBytes : 0)
    if (this.#waitingBytes > maxWaitingBytes) {
      this.stop()
      this.#listener.tooMuchWaits()
    } else this.#waiting.push(rest)
  }
}
