import type { Metadata } from "@causeway/protocol"
import type { RequestHeadReader } from "@causeway/protocol/http1"
import type { BridgeError } from "../../core/errors.ts"
import type { Exchange, ExchangeListener, Peer, RequestHead, ResponseHead } from "../../core/exchange.ts"
import { allowanceAfter, fragmentAllowance, maxFragmentBytes } from "../fragmentation.ts"
import { maxDroppedBytes } from "../http1-connection.ts"
import type { AnswerFraming } from "./answer-bytes.ts"
import { chunkLine, headText } from "./answer-bytes.ts"

/** The connection, as its exchange sees it. */
export interface AnswerSink {
  readonly peer: Peer
  /** Bytes that were written and not sent yet. */
  readonly unsentBytes: number
  /** Value of the field `date`. */
  readonly date: string
  /** The answer's head is written now. True if another request may follow. `closes`: the answer must be the last. */
  keepsOpen(closes: boolean): boolean
  /** False: wait for `drained`. */
  write(before: string, body: readonly Uint8Array[], bodyBytes: number, after: string): boolean
  /** The answer was written whole. Of the rest of the upload so many bytes may be dropped. */
  answered(maxDroppedBytes: number): void
  pause(): void
  resume(): void
  /** Destroys the connection. */
  cut(): void
}

/** State of the answer. */
type Answer =
  | "open" // more of it may be written
  | "leaving" // it was handed over whole, and part of it waits for the client to read
  | "over"

/** One HTTP/1.1 request and its answer. */
export class CodecExchange implements Exchange {
  readonly head: RequestHead
  readonly peer: Peer
  readonly #sink: AnswerSink
  readonly #isHttp10: boolean
  readonly #isPersistent: boolean
  #listener: ExchangeListener | null = null
  #responseHead: ResponseHead | null = null
  /** Null until the head is sent. */
  #framing: AnswerFraming | null = null
  #answer: Answer = "open"
  #allowance = fragmentAllowance
  /** RFC 9110 §10.1.1: a client may hold its upload back until it receives 100 Continue. */
  #upload: "coming" | "withheld"

  constructor(head: RequestHeadReader, bytes: Buffer, sink: AnswerSink) {
    this.#sink = sink
    this.peer = sink.peer
    this.#isHttp10 = head.minorVersion === 0
    this.#isPersistent = head.isPersistent
    this.#upload = head.expectsContinue ? "withheld" : "coming"
    const fields: string[] = []
    for (let i = 0; i < head.fieldCount; i++) {
      fields.push(head.nameOf(i), latin1(bytes, head.valueStart(i), head.valueEnd(i)))
    }
    const method = latin1(bytes, head.start, head.methodEnd)
    const target = latin1(bytes, head.methodEnd + 1, head.targetEnd)
    this.head = { method, target, authority: null, fields }
  }

  /** The answer's head was sent. */
  get isAnswering(): boolean {
    return this.#framing !== null
  }

  /** More of the answer may be written. */
  get isOpen(): boolean {
    return this.#answer === "open"
  }

  /** Nothing of the answer waits any more. */
  get isOver(): boolean {
    return this.#answer === "over"
  }

  start(to: ExchangeListener): void {
    this.#listener = to
    // A refusal comes in the same turn, so its client need not send the upload.
    if (this.#upload === "withheld") setImmediate(() => this.#askForUpload())
  }

  get unsentBytes(): number {
    return this.#sink.unsentBytes
  }

  // After its end an exchange must not touch the connection: the next request uses it.

  pause(): void {
    if (this.isOpen) this.#sink.pause()
  }

  resume(): void {
    if (this.isOpen) this.#sink.resume()
  }

  respond(head: ResponseHead): void {
    this.#responseHead = head
  }

  write(chunks: readonly Uint8Array[]): boolean {
    if (!this.isOpen) return true
    const head = this.#headText(this.#isHttp10 ? "close" : "chunked", 0)
    const bytes = totalBytes(chunks)
    if (bytes === 0) return head === "" || this.#sink.write(head, [], 0, "")
    if (this.#framing !== "chunked") return this.#sink.write(head, chunks, bytes, "")
    return this.#sink.write(head + chunkLine(bytes), chunks, bytes, "\r\n")
  }

  // gRPC-Web: no HTTP trailers downstream. They break Safari, and Chrome over QUIC.
  end(chunks: readonly Uint8Array[], _trailers: Metadata | null): boolean {
    if (!this.isOpen) return true
    const bytes = totalBytes(chunks)
    if (!this.isAnswering) {
      const head = this.#headText("length", bytes)
      if (this.head.method === "HEAD") this.#sink.write(head, [], 0, "")
      else this.#sink.write(head, chunks, bytes, "")
    } else if (this.#framing !== "chunked") this.#sink.write("", chunks, bytes, "")
    else if (bytes === 0) this.#sink.write(lastChunk, [], 0, "")
    else this.#sink.write(chunkLine(bytes), chunks, bytes, `\r\n${lastChunk}`)
    const isSent = this.#sink.unsentBytes === 0
    this.#answer = isSent ? "over" : "leaving"
    this.#sink.answered(this.#allowance < 0 ? maxFragmentBytes : maxDroppedBytes)
    return isSent
  }

  abort(_why: BridgeError): void {
    const isSent = this.#answer === "over"
    this.#answer = "over"
    if (!isSent) this.#sink.cut()
  }

  /** Calls of the connection. */

  received(piece: Uint8Array): void {
    this.#upload = "coming"
    this.#allowance = allowanceAfter(this.#allowance, piece.length)
    if (this.#allowance < 0) this.#listener?.tooFragmented()
    else this.#listener?.data(piece)
  }

  requestEnded(): void {
    this.#upload = "coming"
    this.#listener?.end()
  }

  drained(): void {
    if (this.#answer === "open") this.#listener?.drained()
  }

  /** All bytes of an answer that was leaving were sent. */
  sent(): void {
    if (this.#answer !== "leaving") return
    this.#answer = "over"
    this.#listener?.drained()
  }

  /** The connection has closed, or the client has. */
  closed(): void {
    if (this.#answer === "over") return
    this.#answer = "over"
    this.#listener?.gone()
  }

  leavingUnseen(): void {
    this.#listener?.leavingUnseen()
  }

  crashed(cause: unknown): void {
    if (this.#listener === null) this.#sink.cut() // nothing would ever answer
    else this.#listener.crashed(cause)
  }

  /** Returns the text of the head, or "" if it was sent before. */
  #headText(framing: AnswerFraming, bodyBytes: number): string {
    const head = this.#responseHead
    if (head === null) return ""
    // A client that withholds its body may or may not send it, so the bytes after this request cannot be interpreted.
    const closes = head.closes === true || !this.#isPersistent || framing === "close" || this.#upload === "withheld"
    const isPersistent = this.#sink.keepsOpen(closes)
    const { date } = this.#sink
    const text = headText(head, { framing, bodyBytes, isPersistent, isHttp10: this.#isHttp10, date })
    this.#responseHead = null
    this.#framing = framing
    return text
  }

  #askForUpload(): void {
    if (this.#answer !== "open" || this.#upload === "coming" || this.isAnswering) return
    this.#upload = "coming"
    this.#sink.write("HTTP/1.1 100 Continue\r\n\r\n", [], 0, "")
  }
}

const lastChunk = "0\r\n\r\n"

function latin1(bytes: Buffer, start: number, end: number): string {
  return bytes.toString("latin1", start, end)
}

function totalBytes(chunks: readonly Uint8Array[]): number {
  let bytes = 0
  for (const { length } of chunks) bytes += length
  return bytes
}
