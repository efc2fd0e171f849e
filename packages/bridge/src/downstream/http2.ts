import { constants } from "node:http2"
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2"
import type { Metadata } from "@causeway/protocol"
import type { BridgeError } from "../core/errors.ts"
import type { Exchange, ExchangeListener, Peer, RequestHead, ResponseHead } from "../core/exchange.ts"
import { gather } from "../core/gather.ts"
import { guarded, ignoreError, attachOwner } from "../core/guard.ts"
import { resetStream } from "../core/reset-stream.ts"
import type { Http2Connection } from "./http2-connection.ts"

/** After an early answer this much more of the upload is read and dropped before the stream is reset. */
const maxDroppedBytes = 1_048_576
const maxDropMs = 5_000

/** One HTTP/2 stream of a client, over node:http2. */
export class Http2Exchange implements Exchange {
  readonly head: RequestHead
  readonly peer: Peer
  readonly #stream: ServerHttp2Stream
  readonly #connection: Http2Connection
  #listener: ExchangeListener | null = null
  #head: ResponseHead | null = null
  #isEnded = false
  #isLingering = false
  #isUploaded = false
  #droppedBytes = 0
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

  pause(): void {
    this.#stream.pause()
  }

  resume(): void {
    this.#stream.resume()
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
    this.#isEnded = true
    if (stream.closed || stream.destroyed) return true
    this.#isLingering = true
    const isHeadOnly = chunks.length === 0 && trailers === null && this.#head !== null
    this.#trailers = trailers
    this.#writeHead(isHeadOnly)
    if (!isHeadOnly) {
      if (chunks.length > 0) stream.end(gather(chunks))
      else stream.end()
    }
    if (!this.#isUploaded) this.#beginDropping()
    this.#isLingering = stream.writableLength > 0
    if (this.#isLingering) stream.once("finish", onFinish)
    return !this.#isLingering
  }

  abort(_why: BridgeError): void {
    const hasLeft = this.#isEnded && !this.#isLingering
    this.#isEnded = true
    if (!hasLeft) resetStream(this.#stream, constants.NGHTTP2_INTERNAL_ERROR)
  }

  received(chunk: Uint8Array): void {
    if (!this.#isEnded) {
      this.#listener?.data(chunk)
      return
    }
    this.#droppedBytes += chunk.length
    if (this.#droppedBytes > maxDroppedBytes) this.#stream.close(constants.NGHTTP2_NO_ERROR)
  }

  // Node ends the readable side of an aborted stream too: half an upload must not look whole. `close` follows.
  requestEnded(): void {
    if (this.#stream.aborted) return
    this.#isUploaded = true
    if (!this.#isEnded) this.#listener?.end()
  }

  drained(): void {
    if (!this.#isEnded) this.#listener?.drained()
  }

  finished(): void {
    this.#isLingering = false
    this.#listener?.drained()
  }

  // Not `writableFinished`: Node sets it on an aborted stream too.
  closed(): void {
    this.#connection.streamEnded()
    if (this.#isEnded && !this.#isLingering) return
    this.#isEnded = true
    this.#isLingering = false
    this.#listener?.gone()
  }

  crashed(cause: unknown): void {
    this.#listener?.crashed(cause)
  }

  sendTrailers(): void {
    const fields = Object.create(null) as Record<string, string[]> // a backend may send `__proto__`
    for (const [name, value] of this.#trailers ?? []) (fields[name] ??= []).push(value)
    this.#stream.sendTrailers(fields)
  }

  // Trailing HEADERS break browsers, so a stream of gRPC-Web ends with DATA; only native gRPC announces trailers.
  #writeHead(isLast: boolean): void {
    const head = this.#head
    if (head === null) return
    const hasTrailers = !isLast && head.hasTrailers === true
    if (hasTrailers) this.#stream.on("wantTrailers", onWantTrailers)
    this.#stream.respond([":status", String(head.status), ...head.fields], {
      endStream: isLast,
      waitForTrailers: hasTrailers,
    })
    this.#head = null
  }

  /** RFC 9113 §8.1: the client may be told to stop, but not before its answer is whole. */
  #beginDropping(): void {
    const stream = this.#stream
    const timer = setTimeout(() => stream.close(constants.NGHTTP2_NO_ERROR), maxDropMs)
    stream.once("close", () => clearTimeout(timer))
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
