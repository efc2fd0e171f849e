import { constants } from "node:http2"
import type { IncomingHttpHeaders, ServerHttp2Stream, ServerStreamResponseOptions } from "node:http2"
import type { Metadata } from "@causeway/protocol"
import type { BridgeError } from "../core/errors.ts"
import type { Exchange, ExchangeListener, Peer, RequestHead, ResponseHead } from "../core/exchange.ts"
import { fieldBytes } from "../core/field-bytes.ts"
import { gather } from "../core/gather.ts"
import { attachOwner, detachOwner, guarded, ignoreError } from "../core/guard.ts"
import { holdBack, letFlow } from "../core/hold-back.ts"
import { resetStream } from "../core/reset-stream.ts"
import { DropWatch } from "./drop-watch.ts"
import { allowanceAfter, fragmentAllowance, maxFragmentBytes } from "./fragmentation.ts"
import type { Http2Connection } from "./http2-connection.ts"

/** After an early answer up to this many bytes of the upload are read and dropped before the stream is reset. */
const maxDroppedBytes = 1_048_576

/** State of the answer. */
type Answer =
  | "open" // more of it may be written
  | "leaving" // it was handed over whole, and part of it waits for the client to read
  | "over"

/** One HTTP/2 stream of a client, over node:http2. */
export class Http2Exchange implements Exchange {
  readonly head: RequestHead
  readonly peer: Peer
  readonly #stream: ServerHttp2Stream
  readonly #connection: Http2Connection
  #listener: ExchangeListener | null = null
  #head: ResponseHead | null = null
  #answer: Answer = "open"
  #allowance = fragmentAllowance
  #upload: "coming" | "complete" | DropWatch = "coming"
  #trailers: Metadata | null = null

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    raw: readonly string[],
    connection: Http2Connection,
  ) {
    this.peer = connection.peer
    this.#connection = connection
    this.#stream = stream
    this.head = {
      method: headers[":method"] ?? "",
      target: headers[":path"] ?? "",
      authority: headers[":authority"] ?? null,
      fields: withoutPseudo(raw),
    }
  }

  start(to: ExchangeListener): void {
    this.#listener = to
    attachOwner(this.#stream, this)
    this.#connection.streamBegan()
    this.#stream.on("data", onData).on("end", onEnd).on("drain", onDrain).on("close", onClose).on("error", ignoreError)
  }

  get unsentBytes(): number {
    return this.#stream.writableLength
  }

  pause(): void {
    holdBack(this.#stream)
  }

  resume(): void {
    letFlow(this.#stream)
  }

  respond(head: ResponseHead): void {
    this.#head = head
  }

  write(chunks: readonly Uint8Array[]): boolean {
    const stream = this.#stream
    if (stream.closed || stream.destroyed) return true // `close` follows
    this.#writeHead(false)
    if (chunks.length === 0) return true
    return stream.write(gather(chunks))
  }

  end(chunks: readonly Uint8Array[], trailers: Metadata | null): boolean {
    const stream = this.#stream
    this.#answer = "over"
    if (stream.closed || stream.destroyed) return true
    this.#answer = "leaving" // set first: if the code below throws, the stream is reset
    const isHeadOnly = chunks.length === 0 && trailers === null && this.#head !== null
    this.#trailers = trailers
    this.#writeHead(isHeadOnly)
    if (!isHeadOnly) {
      if (chunks.length > 0) stream.end(gather(chunks))
      else stream.end()
    }
    if (this.#upload === "coming") this.#dropUpload()
    if (stream.writableLength > 0) {
      stream.once("finish", onFinish)
      return false
    }
    this.#answer = "over"
    return true
  }

  abort(_why: BridgeError): void {
    const hasLeft = this.#answer === "over"
    this.#answer = "over"
    if (!hasLeft) resetStream(this.#stream, constants.NGHTTP2_INTERNAL_ERROR)
  }

  received(chunk: Uint8Array): void {
    if (this.#answer === "open") {
      this.#allowance = allowanceAfter(this.#allowance, chunk.length)
      if (this.#allowance < 0) this.#listener?.tooFragmented()
      else this.#listener?.data(chunk)
    } else if (this.#upload instanceof DropWatch) this.#upload.dropped(chunk.length)
  }

  // Node also ends the readable side of an aborted stream. Half an upload must not look complete. `close` follows.
  requestEnded(): void {
    if (this.#stream.aborted) return
    if (this.#upload instanceof DropWatch) this.#upload.stop()
    this.#upload = "complete"
    if (this.#answer === "open") this.#listener?.end()
  }

  drained(): void {
    if (this.#answer === "open") this.#listener?.drained()
  }

  finished(): void {
    this.#answer = "over"
    this.#listener?.drained()
  }

  // Not `writableFinished`: Node also sets it on an aborted stream.
  closed(): void {
    this.#connection.streamEnded()
    if (this.#upload instanceof DropWatch) this.#upload.stop()
    detachOwner(this.#stream)
    if (this.#answer === "over") return
    this.#answer = "over"
    this.#listener?.gone()
  }

  crashed(cause: unknown): void {
    this.#listener?.crashed(cause)
  }

  sendTrailers(): void {
    const fields = Object.create(null) as Record<string, string[]> // without a prototype: a backend may send `__proto__`
    let bytes = 0
    for (const [name, value] of this.#trailers ?? []) {
      ;(fields[name] ??= []).push(value)
      bytes += name.length + value.length
    }
    this.#stream.sendTrailers(fields)
    this.#connection.wroteHead(bytes)
  }

  // Trailing HEADERS break browsers, so a gRPC-Web stream ends with DATA. Only native gRPC announces trailers.
  #writeHead(isLast: boolean): void {
    const head = this.#head
    if (head === null) return
    const hasTrailers = !isLast && head.hasTrailers === true
    if (hasTrailers) this.#stream.on("wantTrailers", onWantTrailers)
    // The types of Node 26 lack `sendDate`.
    const options: ServerStreamResponseOptions & { sendDate: boolean } = {
      endStream: isLast,
      waitForTrailers: hasTrailers,
      sendDate: head.omitsDate !== true,
    }
    this.#stream.respond([":status", String(head.status), ...head.fields], options)
    this.#head = null
    this.#connection.wroteHead(fieldBytes(head.fields))
  }

  /** RFC 9113 §8.1: a server may tell the client to stop sending, but only after its answer is complete. */
  #dropUpload(): void {
    const stream = this.#stream
    const maxBytes = this.#allowance < 0 ? maxFragmentBytes : maxDroppedBytes
    this.#upload = new DropWatch(maxBytes, () => stream.close(constants.NGHTTP2_NO_ERROR))
    stream.resume()
  }
}

const onData = guarded((exchange: Http2Exchange, chunk: Uint8Array) => exchange.received(chunk))
const onEnd = guarded((exchange: Http2Exchange) => exchange.requestEnded())
const onDrain = guarded((exchange: Http2Exchange) => exchange.drained())
const onFinish = guarded((exchange: Http2Exchange) => exchange.finished())
const onClose = guarded((exchange: Http2Exchange) => exchange.closed())
const onWantTrailers = guarded((exchange: Http2Exchange) => exchange.sendTrailers())

function withoutPseudo(raw: readonly string[]): string[] {
  const fields: string[] = []
  for (let i = 0; i < raw.length; i += 2) {
    if (!raw[i].startsWith(":")) fields.push(raw[i], raw[i + 1])
  }
  return fields
}
