import type { IncomingMessage, ServerResponse } from "node:http"
import type { Socket } from "node:net"
import type { Metadata } from "@causeway/protocol"
import type { BridgeError } from "../core/errors.ts"
import type { Exchange, ExchangeListener, Peer, RequestHead, ResponseHead } from "../core/exchange.ts"
import { gather } from "../core/gather.ts"
import { guarded, ignoreError, attachOwner } from "../core/guard.ts"
import { holdBack, letFlow } from "../core/hold-back.ts"
import { allowanceAfter, fragmentAllowance, maxFragmentBytes } from "./fragmentation.ts"
import type { Http1Connection, OnConnection } from "./http1-connection.ts"
import { maxDroppedBytes } from "./http1-connection.ts"

/** node:http joins the head and a string body into one write. A Buffer costs a second write. */
const maxTextBytes = 16_384
const nothing = new Uint8Array(0)

/**
 * A paused socket reports neither a close nor a reset until the data before it was read. So an upload that is held back is still
 * read up to this many bytes, a few pieces each second: with a small upload the client's close is then noticed.
 */
const maxHeldBackBytes = 262_144
/** Pieces read per second: 64 KiB each, 16 KiB over TLS. */
const piecesPerLook = 8
/** How long an upload may be held back beyond that. Nothing shows whether its client is still there. */
const maxUnseenMs = 30_000

/** State of the answer. */
type Answer =
  | "open" // more of it may be written
  | "leaving" // it was handed over whole, and part of it waits for the client to read
  | "over"

/** One HTTP/1.1 request and its answer, over node:http. */
export class Http1Exchange implements Exchange, OnConnection {
  readonly head: RequestHead
  readonly peer: Peer
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #connection: Http1Connection
  #listener: ExchangeListener | null = null
  #head: ResponseHead | null = null
  #answer: Answer = "open"
  #allowance = fragmentAllowance
  /** Set while the upload is held back: the byte count of the socket at its start, and the time since which no more is read. */
  #hold: { readonly receivedBytes: number; fullSince: number | null } | null = null
  /** RFC 9110 §10.1.1: a client may hold its upload back until it receives 100 Continue. */
  #upload: "coming" | "withheld"

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    connection: Http1Connection,
    upload: "coming" | "withheld",
  ) {
    this.peer = connection.peer
    this.#connection = connection
    this.#request = request
    this.#response = response
    this.#upload = upload
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
    // A refusal comes in the same turn, so its client need not send the upload.
    if (this.#upload === "withheld") setImmediate(() => this.#askForUpload())
  }

  get isAnswering(): boolean {
    return this.#response.headersSent
  }

  get unsentBytes(): number {
    return this.#response.writableLength
  }

  pause(): void {
    this.#hold = { receivedBytes: this.#request.socket.bytesRead, fullSince: null }
    holdBack(this.#request)
  }

  resume(): void {
    this.#hold = null
    letFlow(this.#request)
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

  // gRPC-Web: no HTTP trailers downstream. They break Safari, and Chrome over QUIC.
  end(chunks: readonly Uint8Array[], _trailers: Metadata | null): boolean {
    const response = this.#response
    this.#answer = "over"
    const body = chunks.length === 0 ? nothing : gather(chunks)
    // The whole answer is here, so no chunked encoding is needed. RFC 9110 §8.6: a 204 has no length.
    if (this.#head?.status !== 204) this.#head?.fields.push("content-length", String(body.length))
    // The client may or may not send the withheld body, so the bytes after it cannot be interpreted.
    if (this.#upload === "withheld") this.#connection.takeNoMore()
    this.#writeHead()
    if (!this.#request.complete) {
      this.#connection.dropUpload(this.#request, this.#allowance < 0 ? maxFragmentBytes : maxDroppedBytes)
    }
    if (body.length === 0) response.end()
    else if (body.length > maxTextBytes) response.end(body)
    else response.end(Buffer.from(body.buffer, body.byteOffset, body.length).toString("latin1"), "latin1")
    if (response.writableLength === 0) return true
    this.#answer = "leaving"
    response.once("finish", onFinish)
    return false
  }

  abort(_why: BridgeError): void {
    this.#answer = "over"
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

  #askForUpload(): void {
    if (this.#answer !== "open" || this.#upload === "coming") return
    if (this.#response.headersSent || this.#request.socket.destroyed) return
    this.#upload = "coming"
    this.#response.writeContinue()
  }

  lookForLeaving(now: number): void {
    const hold = this.#hold
    if (hold === null || this.#answer !== "open" || this.#readOn(piecesPerLook)) return
    hold.fullSince ??= now
    if (now - hold.fullSince >= maxUnseenMs) this.#listener?.leavingUnseen()
  }

  /** Reads a few pieces of an upload that is held back, one each turn. False: the limit is reached. */
  #readOn(pieces: number): boolean {
    const hold = this.#hold
    const socket = this.#request.socket as Socket & { readonly _paused?: boolean } // true while node:http itself has paused it
    if (hold === null || socket.bytesRead - hold.receivedBytes >= maxHeldBackBytes) return false
    if (socket._paused !== true) socket.resume()
    if (pieces > 1) setImmediate(() => this.#readOn(pieces - 1))
    return true
  }

  received(chunk: Uint8Array): void {
    this.#upload = "coming"
    if (this.#answer === "open") {
      this.#allowance = allowanceAfter(this.#allowance, chunk.length)
      if (this.#allowance < 0) this.#listener?.tooFragmented()
      else this.#listener?.data(chunk)
    } else this.#connection.dropped(chunk.length)
  }

  requestEnded(): void {
    if (this.#answer === "open") this.#listener?.end()
    else this.#connection.uploaded()
  }

  drained(): void {
    if (this.#answer === "open") this.#listener?.drained()
  }

  finished(): void {
    this.#answer = "over"
    this.#listener?.drained()
  }

  closed(): void {
    this.#connection.ended(this)
    if (this.#answer !== "over") {
      this.#answer = "over"
      this.#listener?.gone()
    }
    this.#listener = null // node:http's objects outlive the call, and would keep it in memory
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
