import { constants } from "node:http2"
import type { ClientHttp2Stream } from "node:http2"
import { fieldBytes } from "../../core/field-bytes.ts"
import { gather } from "../../core/gather.ts"
import { attachOwner, detachOwner, guarded, ignoreError } from "../../core/guard.ts"
import { holdBack, letFlow } from "../../core/hold-back.ts"
import { resetStream } from "../../core/reset-stream.ts"
import type { UpstreamListener, UpstreamStream } from "../../core/upstream-stream.ts"
import type { Client } from "../clients.ts"
import type { StreamOwner } from "../http2-connection.ts"
import { refusedHead } from "../session-end.ts"
import { maxInterimHeads, maxReplyHeadBytes } from "../session-limits.ts"

/** Turns of the event loop that a reset leaves to what was written before it. Node takes a write in one or two. */
const maxTurnsForWrites = 4

type State =
  | "asked" // no head has arrived
  | "answered" // the head has arrived; data and end are held until `start`
  | "flowing"
  | "over" // nothing more is delivered

/** One stream of node:http2 to a backend. */
export class NodeStream implements UpstreamStream {
  readonly #stream: ClientHttp2Stream
  readonly #listener: UpstreamListener
  readonly #owner: StreamOwner
  /** The client of the call. Null: it is a health check. */
  readonly #client: Client | null
  #trailers: readonly string[] | null = null
  #informationalHeads = 0
  #state: State = "asked"

  constructor(stream: ClientHttp2Stream, listener: UpstreamListener, owner: StreamOwner, client: Client | null) {
    this.#stream = stream
    this.#listener = listener
    this.#owner = owner
    this.#client = client
    attachOwner(stream, this)
    stream.on("response", onResponse).on("trailers", onTrailers).on("drain", onDrain).on("error", ignoreError)
    stream.on("headers", onInformational).on("close", onClose)
  }

  start(): void {
    if (this.#state !== "over") this.#state = "flowing"
    if (this.#stream.closed && this.#stream.destroyed) process.nextTick(deliverLast, this)
    else this.#stream.on("data", onData).on("end", onEnd)
  }

  write(chunks: readonly Uint8Array[]): boolean {
    const stream = this.#stream
    if (!stream.writable) return true // its end or loss is reported separately
    return stream.write(gather(chunks))
  }

  end(): void {
    if (this.#stream.writable) this.#stream.end()
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

  reset(code: number): void {
    if (!this.#stream.closed) this.#owner.streamReset()
    this.#state = "over"
    this.#resetAfterWrites(code, maxTurnsForWrites)
  }

  /**
   * A write that waits in Node behind another one is lost with the reset. Whole messages before a bad one would then reach the
   * backend or not, depending on how the bytes were cut. A backend that does not read is not waited for.
   */
  #resetAfterWrites(code: number, turns: number): void {
    if (turns === 0 || this.#stream.writableLength === 0 || this.#stream.destroyed) resetStream(this.#stream, code)
    else setImmediate(() => this.#resetAfterWrites(code, turns - 1))
  }

  response(headers: Record<string, unknown>, flags: number, raw: readonly string[]): void {
    if (this.#state !== "asked") return
    this.#state = "answered"
    this.#owner.streamReceived()
    if (fieldBytes(raw) > maxReplyHeadBytes) {
      this.#refuse(`The backend's reply has a head of ${fieldBytes(raw)} bytes`)
      return
    }
    const isLast = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0
    if (isLast) this.#finish()
    this.#listener.head(Number(headers[":status"]), raw, isLast)
  }

  received(chunk: Uint8Array): void {
    this.#owner.streamReceived()
    if (this.#state !== "over") this.#listener.data(chunk)
  }

  /** Counts interim heads (1xx). They are not passed on, and each costs us as much as the backend. */
  informational(): void {
    if (++this.#informationalHeads > maxInterimHeads && this.#state !== "over") {
      this.#refuse(`The backend sent more than ${maxInterimHeads} interim heads (1xx) for one reply`)
    }
  }

  trailersCame(raw: readonly string[]): void {
    if (this.#state === "over") return
    if (fieldBytes(raw) > maxReplyHeadBytes)
      this.#refuse(`The backend's reply has trailers of ${fieldBytes(raw)} bytes`)
    else this.#trailers = raw
  }

  ended(): void {
    if (this.#state === "over") return
    // Node (22–26) also emits an end for a reset with NO_ERROR or CANCEL. Without trailers it is no end.
    if (this.#trailers === null && this.#stream.closed) {
      this.#state = "over"
      this.#listener.lost(this.#owner.howLost(this.#stream))
      return
    }
    this.#finish()
    this.#listener.end(this.#trailers)
  }

  drained(): void {
    if (this.#state !== "over") this.#listener.drained()
  }

  closed(): void {
    this.#owner.streamClosed(this.#client)
    // The reply's reader starts a little after the head. Data that arrived with the head is kept for it, even before a reset.
    if (this.#state === "answered" && this.#stream.readableLength > 0) return
    detachOwner(this.#stream)
    this.deliverLast()
  }

  /** Delivers the data that arrived before the stream closed, then the end or the loss. */
  deliverLast(): void {
    if (this.#state === "over") return
    this.#state = "over"
    this.#deliverRest()
    // Events after the trailers do not change the answer (gRPC), not even the data that a slow client has not read yet (at most
    // one window).
    if (this.#trailers !== null) this.#listener.end(this.#trailers)
    else this.#listener.lost(this.#owner.howLost(this.#stream))
  }

  #deliverRest(): void {
    for (let chunk = this.#stream.read() as Buffer | null; chunk !== null; chunk = this.#stream.read()) {
      this.#listener.data(chunk)
    }
  }

  crashed(cause: unknown): void {
    this.#listener.crashed(cause)
  }

  #refuse(received: string): void {
    this.#state = "over"
    this.#owner.streamReset()
    resetStream(this.#stream, constants.NGHTTP2_CANCEL)
    this.#listener.lost(refusedHead(received))
  }

  /** The backend has sent everything: the rest of the upload is useless to it (RFC 9113 §8.1). */
  #finish(): void {
    this.#state = "over"
    const stream = this.#stream
    if (stream.writableFinished) {
      stream.resume()
      return
    }
    this.#owner.streamReset()
    // If an ended upload still waits for window, Node would not send NO_ERROR until it was sent. So CANCEL is used.
    resetStream(stream, stream.writableEnded ? constants.NGHTTP2_CANCEL : constants.NGHTTP2_NO_ERROR)
  }
}

const onInformational = guarded((stream: NodeStream) => stream.informational())
const onResponse = guarded(
  (stream: NodeStream, headers: Record<string, unknown>, flags: number, raw: readonly string[]) =>
    stream.response(headers, flags, raw),
)
const onTrailers = guarded((stream: NodeStream, _headers: object, _flags: number, raw: readonly string[]) =>
  stream.trailersCame(raw),
)
const onData = guarded((stream: NodeStream, chunk: Uint8Array) => stream.received(chunk))
const onEnd = guarded((stream: NodeStream) => stream.ended())
const onDrain = guarded((stream: NodeStream) => stream.drained())
const onClose = guarded((stream: NodeStream) => stream.closed())

function deliverLast(stream: NodeStream): void {
  try {
    stream.deliverLast()
  } catch (cause) {
    stream.crashed(cause)
  }
}
