import type { FieldBlock } from "@causeway/protocol/http2"
import { H2ErrorCode } from "@causeway/protocol/http2"
import type { UpstreamListener, UpstreamStream } from "../../core/upstream-stream.ts"
import type { Client } from "../clients.ts"
import type { StreamOwner } from "../http2-connection.ts"
import { refusedHead } from "../session-end.ts"
import { maxInterimHeads, maxReplyHeadBytes, streamWindowBytes } from "../session-limits.ts"
import type { DataSender, Upload } from "../../http2/data-sender.ts"
import { UploadQueue } from "../../http2/data-sender.ts"
import { ReplyDelivery } from "./reply-delivery.ts"
import type { ReplyRules } from "./reply-rules.ts"
import { areTrailers } from "./reply-rules.ts"

/** The connection of a stream. */
export interface StreamConnection {
  readonly sender: DataSender
  readonly rules: ReplyRules
  readonly owner: StreamOwner
  /** Sends RST_STREAM and forgets the stream. */
  reset(stream: CodecStream, code: number): void
  /** Forgets the stream: both sides have ended it, or the backend has reset it. */
  forget(stream: CodecStream): void
  /** Gives the backend so much more window for the stream. */
  grant(stream: CodecStream, bytes: number): void
}

/** Uploads hold as much as node:http2 would before they ask for a pause. */
const maxUnsentBytes = 65_536

/** One stream of our own HTTP/2 to a backend. */
export class CodecStream implements UpstreamStream, Upload {
  readonly id: number
  readonly client: Client | null
  readonly #connection: StreamConnection
  readonly #reply: ReplyDelivery
  /** It has no place on the connection any more. */
  #isClosed = false
  // The upload.
  sendWindow: number
  readonly queue: UploadQueue = new UploadQueue()
  isEnded = false
  #wantsDrain = false
  // The reply.
  #receiveWindow = streamWindowBytes
  #isPaused = false
  #interimHeads = 0
  /** Bytes of the body that are still to come, if the head says how many. Infinity: it does not. */
  #bodyLeft = Infinity

  constructor(
    id: number,
    sendWindow: number,
    listener: UpstreamListener,
    client: Client | null,
    connection: StreamConnection,
  ) {
    this.id = id
    this.sendWindow = sendWindow
    this.#reply = new ReplyDelivery(listener)
    this.client = client
    this.#connection = connection
  }

  start(): void {
    if (this.#reply.start()) process.nextTick(deliverHeld, this)
  }

  write(chunks: readonly Uint8Array[]): boolean {
    if (this.#isClosed || this.isEnded) return true // its end or loss is reported separately
    for (const chunk of chunks) this.#connection.sender.send(this, chunk)
    this.#wantsDrain = this.queue.bytes >= maxUnsentBytes
    return !this.#wantsDrain
  }

  end(): void {
    if (this.#isClosed || this.isEnded) return
    this.isEnded = true
    if (this.queue.bytes === 0) this.#connection.sender.end(this)
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

  reset(code: number): void {
    this.#reply.stop()
    if (this.#isClosed) return
    this.#connection.owner.streamReset()
    this.#reset(code)
  }

  uploadMoved(): void {
    if (!this.#wantsDrain) return
    this.#wantsDrain = false
    this.#reply.drained()
  }

  // Frames of the backend.

  /** A head, or trailers. */
  fieldsCame(block: FieldBlock, endsStream: boolean): void {
    const isHead = this.#reply.awaitsHead
    if (block.problem === "too-large")
      this.#refuse(`The backend's reply has ${isHead ? "a head" : "trailers"} of ${sizeOf(block)}`)
    else if (block.problem !== null) this.#breach()
    else if (isHead) this.#headCame(block.fields, endsStream)
    else if (!endsStream || !areTrailers(block.fields)) this.#breach()
    else this.#ended(block.fields)
  }

  /** A DATA frame begins. Its length counts, padding included. False: no head came before it. */
  dataBegan(length: number): boolean {
    this.#receiveWindow -= length
    if (this.#receiveWindow < 0) this.#lose(H2ErrorCode.FlowControlError)
    return !this.#reply.awaitsHead || (length === 0 && this.#interimHeads > 0)
  }

  dataCame(chunk: Uint8Array): void {
    if (this.#isClosed) return
    this.#connection.owner.streamReceived()
    this.#bodyLeft -= chunk.length
    if (this.#bodyLeft < 0) {
      this.#breach()
      return
    }
    this.#reply.data(chunk)
    this.#grantIfDue()
  }

  dataEnded(): void {
    if (!this.#isClosed) this.#ended(null)
  }

  /** The backend has reset the stream, its GOAWAY leaves the stream out, or the connection has ended. */
  cutOff(code: number): void {
    this.#connection.forget(this)
    this.#endLost(code)
  }

  /** The connection has forgotten the stream. */
  closed(): void {
    this.#isClosed = true
  }

  #headCame(fields: readonly string[], endsStream: boolean): void {
    const { rules } = this.#connection
    if (!rules.readHead(fields) || (endsStream && (rules.status < 200 || rules.contentLength > 0))) {
      this.#breach()
      return
    }
    const { status } = rules
    if (status < 200) {
      if (++this.#interimHeads > maxInterimHeads)
        this.#refuse(`The backend sent more than ${maxInterimHeads} interim heads (1xx) for one reply`)
      return
    }
    this.#connection.owner.streamReceived()
    if (rules.contentLength !== -1) this.#bodyLeft = rules.contentLength
    if (endsStream) this.#finish()
    this.#reply.head(status, fields, endsStream)
  }

  /** The backend has sent everything. The rest of the upload is useless to it (RFC 9113 §8.1). */
  #finish(): void {
    const hasSentAll = this.isEnded && this.queue.bytes === 0
    if (hasSentAll) {
      this.#connection.forget(this)
      return
    }
    this.#connection.owner.streamReset()
    this.#reset(this.isEnded ? H2ErrorCode.Cancel : H2ErrorCode.NoError)
  }

  #ended(trailers: readonly string[] | null): void {
    if ((this.#bodyLeft > 0 && this.#bodyLeft !== Infinity) || this.#reply.awaitsHead) {
      this.#breach()
      return
    }
    this.#finish()
    this.#reply.end({ trailers })
  }

  /** The backend has broken the rules of HTTP/2 for this stream (RFC 9113 §8.1.1). */
  #breach(): void {
    this.#lose(H2ErrorCode.ProtocolError)
  }

  #lose(code: number): void {
    this.#reset(code)
    this.#endLost(code)
  }

  #refuse(received: string): void {
    this.#connection.owner.streamReset()
    this.#reset(H2ErrorCode.Cancel)
    this.#reply.refuse(refusedHead(received))
  }

  #reset(code: number): void {
    if (!this.#isClosed) this.#connection.reset(this, code)
  }

  #endLost(code: number): void {
    if (!this.#reply.isOver) this.#reply.end({ lost: this.#connection.owner.howLost({ id: this.id, rstCode: code }) })
  }

  /** Delivers what came before `start`. */
  deliverHeld(): void {
    this.#reply.deliverHeld()
    this.#grantIfDue()
  }

  /** Window goes back to the backend in portions: a frame for each message would cost both sides more than the message. */
  #grantIfDue(): void {
    const bytes = streamWindowBytes - this.#receiveWindow - this.#reply.heldBytes
    if (this.#isPaused || this.#isClosed || bytes < streamWindowBytes / 2) return
    this.#receiveWindow += bytes
    this.#connection.grant(this, bytes)
  }
}

function deliverHeld(stream: CodecStream): void {
  stream.deliverHeld()
}

/** What exceeds the limit. */
function sizeOf({ bytes, count }: FieldBlock): string {
  return bytes > maxReplyHeadBytes ? `${bytes} bytes` : `${count} fields`
}
