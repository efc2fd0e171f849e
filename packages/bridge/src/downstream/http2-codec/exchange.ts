import type { Metadata } from "@causeway/protocol"
import type { FieldBlock } from "@causeway/protocol/http2"
import { defaultWindowBytes, H2ErrorCode, maxWindowBytes } from "@causeway/protocol/http2"
import type { BridgeError } from "../../core/errors.ts"
import type { Exchange, ExchangeListener, Peer, RequestHead, ResponseHead } from "../../core/exchange.ts"
import { gather } from "../../core/gather.ts"
import type { DataSender, Upload } from "../../http2/data-sender.ts"
import { UploadQueue } from "../../http2/data-sender.ts"
import { DropWatch } from "../drop-watch.ts"
import { allowanceAfter, fragmentAllowance, maxFragmentBytes } from "../fragmentation.ts"
import { areTrailers } from "./request-rules.ts"

/** The connection of a stream. */
export interface StreamConnection {
  readonly peer: Peer
  readonly sender: DataSender
  /** Value of the field `date`. */
  readonly date: string
  /** Sends HEADERS: the answer's head, or its trailers. */
  writeFields(streamId: number, fields: readonly string[], endsStream: boolean): void
  /** Gives the client so much more window for the stream. */
  grant(streamId: number, bytes: number): void
  /** Sends RST_STREAM and forgets the stream. */
  reset(stream: Http2CodecExchange, code: number): void
  /** As `reset`, because of what the client has done: the connection counts it. */
  resetForBreach(stream: Http2CodecExchange, code: number): void
  /** Forgets the stream: both sides have ended it, or the client has reset it. */
  forget(stream: Http2CodecExchange): void
}

/** State of the answer. */
type Answer =
  | "open" // more of it may be written
  | "leaving" // it was handed over whole, and part of it waits for the client to read
  | "over"

/** After an early answer up to this many bytes of the upload are read and dropped before the stream is reset. */
const maxDroppedBytes = 1_048_576
/** An answer holds as much as a stream of node:http2 would before it asks for a pause. */
const maxUnsentBytes = 65_536
/** Chunks up to this many bytes together leave in one frame: their copy costs less than another frame. */
const maxGatheredBytes = 16_384

/** One stream of a client, over our own HTTP/2. */
export class Http2CodecExchange implements Exchange, Upload {
  readonly id: number
  readonly head: RequestHead
  readonly #connection: StreamConnection
  #listener: ExchangeListener | null = null
  /** It has no place on the connection any more. */
  #isClosed = false
  // The answer.
  #responseHead: ResponseHead | null = null
  #answer: Answer = "open"
  sendWindow: number
  readonly queue: UploadQueue = new UploadQueue()
  isEnded = false
  #wantsDrain = false
  /** Trailers that wait until the body was sent. */
  #trailers: Metadata | null = null
  // The upload.
  #upload: "coming" | "complete" | "refused" | DropWatch = "coming"
  #allowance = fragmentAllowance
  #receiveWindow = defaultWindowBytes
  #isPaused = false
  /** Bytes of the body that are still to come, if the head says how many. Infinity: it does not. */
  #bodyLeft: number

  constructor(id: number, head: RequestHead, bodyBytes: number, sendWindow: number, connection: StreamConnection) {
    this.id = id
    this.head = head
    this.#bodyLeft = bodyBytes
    this.sendWindow = sendWindow
    this.#connection = connection
  }

  get peer(): Peer {
    return this.#connection.peer
  }

  start(to: ExchangeListener): void {
    this.#listener = to
  }

  get unsentBytes(): number {
    return this.queue.bytes
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#grantIfDue()
  }

  respond(head: ResponseHead): void {
    this.#responseHead = head
  }

  write(chunks: readonly Uint8Array[]): boolean {
    if (this.#isClosed) return true // `gone` has come
    this.#writeHead(false)
    if (this.#hasBody) this.#send(chunks)
    this.#wantsDrain = this.queue.bytes >= maxUnsentBytes
    return !this.#wantsDrain
  }

  end(chunks: readonly Uint8Array[], trailers: Metadata | null): boolean {
    this.#answer = "over"
    if (this.#isClosed) return true
    this.#answer = "leaving" // set first: if the code below throws, the stream is reset
    const hasHead = this.#responseHead !== null
    if (hasHead && trailers === null && (chunks.length === 0 || !this.#hasBody)) this.#writeHead(true)
    else {
      this.#writeHead(false)
      if (this.#hasBody) this.#send(chunks)
      this.#endBody(trailers)
    }
    if (this.#upload === "coming") this.#dropUpload()
    if (this.queue.bytes > 0) return false
    this.#answer = "over"
    this.#answerLeft()
    return true
  }

  abort(_why: BridgeError): void {
    const hasLeft = this.#answer === "over"
    this.#answer = "over"
    if (!hasLeft && !this.#isClosed) this.#connection.reset(this, H2ErrorCode.InternalError)
  }

  // For the sender of DATA.

  uploadMoved(): void {
    if (this.#trailers !== null) this.#writeTrailers(this.#trailers)
    const isLeaving = this.#answer === "leaving"
    if (isLeaving) {
      this.#answer = "over"
      this.#answerLeft()
    } else if (!this.#wantsDrain) return
    this.#wantsDrain = false
    if (this.#answer === "open" || isLeaving) this.#guarded(tellDrained, nothing)
  }

  // Frames of the client.

  /** Trailers. A client of gRPC sends none. */
  fieldsCame(block: FieldBlock, endsStream: boolean): void {
    if (this.#upload === "complete") this.breach(H2ErrorCode.StreamClosed)
    else if (block.problem !== null || !endsStream || !areTrailers(block.fields)) this.breach(H2ErrorCode.ProtocolError)
    else this.dataEnded()
  }

  /** A DATA frame begins. Its length counts, padding included. */
  dataBegan(length: number): void {
    this.#receiveWindow -= length
    if (this.#upload === "complete") this.breach(H2ErrorCode.StreamClosed)
    else if (this.#receiveWindow < 0) this.breach(H2ErrorCode.FlowControlError)
  }

  dataCame(chunk: Uint8Array): void {
    if (this.#isClosed) return
    this.#bodyLeft -= chunk.length
    if (this.#bodyLeft < 0) {
      this.breach(H2ErrorCode.ProtocolError)
      return
    }
    if (this.#answer === "open") {
      this.#allowance = allowanceAfter(this.#allowance, chunk.length)
      this.#guarded(this.#allowance < 0 ? tellFragmented : tellData, chunk)
    } else if (this.#upload instanceof DropWatch) this.#upload.dropped(chunk.length)
    this.#grantIfDue()
  }

  /** The client has ended its side. */
  dataEnded(): void {
    if (this.#isClosed) return
    if (this.#bodyLeft > 0 && this.#bodyLeft !== Infinity) {
      this.breach(H2ErrorCode.ProtocolError)
      return
    }
    if (this.#upload instanceof DropWatch) this.#upload.stop()
    this.#upload = "complete"
    if (this.#answer === "open") this.#guarded(tellEnd, nothing)
    else if (this.#answer === "over") this.#connection.forget(this)
  }

  /** False: the window is larger than HTTP/2 allows. */
  windowCame(increment: number): boolean {
    this.sendWindow += increment
    return this.sendWindow <= maxWindowBytes
  }

  /** True: the client has ended its side. */
  get isUploaded(): boolean {
    return this.#upload === "complete"
  }

  /** The client has broken the rules of HTTP/2 for this stream (RFC 9113 §5.4.2). */
  breach(code: number): void {
    if (this.#isClosed) return
    this.#connection.resetForBreach(this, code)
    this.lost()
  }

  /** The client has reset the stream, or its connection has closed. */
  lost(): void {
    this.#connection.forget(this)
    if (this.#answer === "over") return
    this.#answer = "over"
    this.#guarded(tellGone, nothing)
  }

  /** The connection has forgotten the stream. */
  closed(): void {
    this.#isClosed = true
    if (this.#upload instanceof DropWatch) this.#upload.stop()
  }

  /** RFC 9110 §6.4.1: some answers have a head only. */
  get #hasBody(): boolean {
    return this.head.method !== "HEAD"
  }

  #send(chunks: readonly Uint8Array[]): void {
    if (chunks.length === 0) return
    const { sender } = this.#connection
    let bytes = 0
    for (const { length } of chunks) bytes += length
    if (bytes === 0) return
    if (bytes <= maxGatheredBytes || this.queue.bytes > 0) sender.send(this, gather(chunks))
    else for (const chunk of chunks) sender.send(this, chunk)
  }

  #endBody(trailers: Metadata | null): void {
    if (trailers === null) {
      this.isEnded = true
      if (this.queue.bytes === 0) this.#connection.sender.end(this)
    } else if (this.queue.bytes === 0) this.#writeTrailers(trailers)
    else this.#trailers = trailers
  }

  #writeTrailers(trailers: Metadata): void {
    this.#trailers = null
    const fields: string[] = []
    for (const [name, value] of trailers) fields.push(name, value)
    this.#connection.writeFields(this.id, fields, true)
  }

  // Trailing HEADERS break browsers, so a gRPC-Web stream ends with DATA. Only native gRPC has trailers.
  #writeHead(endsStream: boolean): void {
    const head = this.#responseHead
    if (head === null) return
    const fields = [":status", String(head.status), ...head.fields]
    if (head.omitsDate !== true) fields.push("date", this.#connection.date)
    this.#connection.writeFields(this.id, fields, endsStream)
    this.#responseHead = null
  }

  /** RFC 9113 §8.1: a server may tell the client to stop sending, but only after its answer is complete. */
  #dropUpload(): void {
    this.#upload = new DropWatch(this.#allowance < 0 ? maxFragmentBytes : maxDroppedBytes, () => {
      this.#upload = "refused"
      if (this.#answer === "over") this.#answerLeft()
    })
    this.resume()
  }

  /** The whole answer was written. */
  #answerLeft(): void {
    if (this.#isClosed) return
    if (this.#upload === "complete") this.#connection.forget(this)
    else if (this.#upload === "refused") this.#connection.reset(this, H2ErrorCode.NoError)
  }

  /** Window goes back to the client in portions: a frame for each message would cost both sides more than the message. */
  #grantIfDue(): void {
    const bytes = defaultWindowBytes - this.#receiveWindow
    if (this.#isPaused || this.#isClosed || this.#upload === "complete" || bytes < defaultWindowBytes / 2) return
    this.#receiveWindow += bytes
    this.#connection.grant(this.id, bytes)
  }

  /** An error in the listener ends only its own call. */
  #guarded(tell: (listener: ExchangeListener, chunk: Uint8Array) => void, chunk: Uint8Array): void {
    const listener = this.#listener
    if (listener === null) return
    try {
      tell(listener, chunk)
    } catch (cause) {
      listener.crashed(cause)
    }
  }
}

const nothing = new Uint8Array(0)
const tellData = (to: ExchangeListener, chunk: Uint8Array): void => to.data(chunk)
const tellFragmented = (to: ExchangeListener): void => to.tooFragmented()
const tellEnd = (to: ExchangeListener): void => to.end()
const tellGone = (to: ExchangeListener): void => to.gone()
const tellDrained = (to: ExchangeListener): void => to.drained()
