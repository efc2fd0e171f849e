import type { IncomingMessage, ServerResponse } from "node:http"
import type { Metadata } from "@causeway/protocol"
import type { BridgeError } from "../core/errors.ts"
import type { Exchange, ExchangeListener, Peer, RequestHead, ResponseHead } from "../core/exchange.ts"
import { gather } from "../core/gather.ts"
import { guarded, ignoreError, attachOwner } from "../core/guard.ts"
import type { Http1Connection, OnConnection } from "./http1-connection.ts"

/**
 * After an early answer this much more of the upload is read and dropped, so that the connection serves the next call.
 * Browsers read an answer only when all is sent: less would hide from a page why its message of a few MiB was refused.
 */
const maxDroppedBytes = 32 * 1_048_576
const maxDropMs = 5_000

/** node:http joins a head and a body that is a string into one write; a Buffer costs a second one. */
const maxTextBytes = 16_384
const nothing = new Uint8Array(0)

/** One HTTP/1.1 request and its answer, over node:http. */
export class Http1Exchange implements Exchange, OnConnection {
  readonly head: RequestHead
  readonly peer: Peer
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #connection: Http1Connection
  #listener: ExchangeListener | null = null
  #head: ResponseHead | null = null
  #isEnded = false
  #isLingering = false
  #droppedBytes = 0

  constructor(request: IncomingMessage, response: ServerResponse, connection: Http1Connection) {
    this.peer = connection.peer
    this.#connection = connection
    this.#request = request
    this.#response = response
    this.head = {
      method: request.method ?? "",
      target: request.url ?? "",
      authority: null,
      fields: request.rawHeaders,
    }
  }

  start(to: ExchangeListener): void {
    this.#listener = to
    const request = this.#request
    const response = this.#response
    attachOwner(request, this)
    attachOwner(response, this)
    request.on("data", onData).on("end", onEnd).on("error", ignoreError)
    response.on("drain", onDrain).on("close", onClose).on("error", ignoreError)
    this.#connection.began(this)
  }

  get isAnswering(): boolean {
    return this.#response.headersSent
  }

  pause(): void {
    this.#request.pause()
  }

  resume(): void {
    this.#request.resume()
  }

  respond(head: ResponseHead): void {
    this.#head = head
  }

  write(chunks: readonly Uint8Array[]): boolean {
    const response = this.#response
    this.#writeHead()
    if (chunks.length > 0) return response.write(gather(chunks))
    response.flushHeaders()
    return true
  }

  // gRPC-Web: no HTTP trailers downstream, they break Safari and Chrome over QUIC.
  end(chunks: readonly Uint8Array[], _trailers: Metadata | null): boolean {
    const response = this.#response
    this.#isEnded = true
    const body = chunks.length === 0 ? nothing : gather(chunks)
    // The whole answer is here: no chunks needed. RFC 9110 §8.6: a 204 has no length.
    if (this.#head?.status !== 204) this.#head?.fields.push("content-length", String(body.length))
    this.#writeHead()
    if (body.length === 0) response.end()
    else if (body.length > maxTextBytes) response.end(body)
    else response.end(Buffer.from(body.buffer, body.byteOffset, body.length).toString("latin1"), "latin1")
    if (!this.#request.complete) this.#beginDropping()
    this.#isLingering = response.writableLength > 0
    if (this.#isLingering) response.once("finish", onFinish)
    return !this.#isLingering
  }

  abort(_why: BridgeError): void {
    this.#isEnded = true
    if (!this.#response.writableFinished) this.#request.socket.destroy()
  }

  #writeHead(): void {
    const head = this.#head
    if (head === null) return
    const response = this.#response
    if (this.#connection.closesAfter(head)) response.shouldKeepAlive = false
    response.writeHead(head.status, head.fields)
    this.#head = null
  }

  #beginDropping(): void {
    const { socket } = this.#request
    const timer = setTimeout(() => socket.destroy(), maxDropMs)
    this.#request.once("close", () => clearTimeout(timer))
    this.#request.resume()
  }

  received(chunk: Uint8Array): void {
    if (!this.#isEnded) {
      this.#listener?.data(chunk)
      return
    }
    this.#droppedBytes += chunk.length
    if (this.#droppedBytes > maxDroppedBytes) this.#request.socket.destroy()
  }

  requestEnded(): void {
    if (!this.#isEnded) this.#listener?.end()
  }

  drained(): void {
    if (!this.#isEnded) this.#listener?.drained()
  }

  finished(): void {
    this.#isLingering = false
    this.#listener?.drained()
  }

  closed(): void {
    this.#connection.ended(this)
    if (this.#isEnded && !this.#isLingering) return
    this.#isEnded = true
    this.#isLingering = false
    this.#listener?.gone()
  }

  lost(): void {
    onClose.call(this.#response)
  }

  crashed(cause: unknown): void {
    this.#listener?.crashed(cause)
  }
}

const onData = guarded((exchange: Http1Exchange, chunk: Uint8Array) => exchange.received(chunk))
const onEnd = guarded((exchange: Http1Exchange) => exchange.requestEnded())
const onDrain = guarded((exchange: Http1Exchange) => exchange.drained())
const onFinish = guarded((exchange: Http1Exchange) => exchange.finished())
const onClose = guarded((exchange: Http1Exchange) => exchange.closed())
