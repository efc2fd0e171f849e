import type { Metadata } from "@causeway/protocol"
import { emptyMetadata, FrameScanner } from "@causeway/protocol"
import type { CallHalves, ReplyHalf } from "./call-halves.ts"
import type { CallOwner } from "./call.ts"
import { BridgeError } from "./errors.ts"
import type { Exchange, ResponseHead } from "./exchange.ts"
import type { Flushable } from "./flush-turn.ts"
import type { PumpContext } from "./pump-context.ts"
import { ReplyPieces } from "./reply-pieces.ts"
import type { Reply, ReplySink, ReplySource, Status } from "./reply.ts"
import { statusOf } from "./reply.ts"
import type { Stallable, StallEnd } from "./stall-clock.ts"
import { bufferLimit } from "./stall-clock.ts"
import { replyViolation } from "./violations.ts"
import type { ReplyWriter } from "./wire.ts"

type State =
  | "waiting" // no reply yet
  | "headed" // the head is known, but not sent
  | "streaming" // the head was sent
  | "ended"

/**
 * The reply direction of the pump. Every call ends on the wire here: with the reply's own status, with a failure from anywhere,
 * or because the client has left.
 */
export class ReplyPump implements ReplySink, ReplyHalf, CallOwner, Flushable, Stallable {
  readonly #exchange: Exchange
  readonly #writer: ReplyWriter
  readonly #context: PumpContext
  readonly #halves: CallHalves
  readonly #pieces: ReplyPieces
  awaitsFlush = false
  wait: Stallable["wait"] = null
  #state: State = "waiting"
  #head: ResponseHead | null = null
  #scanner: FrameScanner | null = null
  #source: ReplySource | null = null
  #isBlocked = false

  constructor(exchange: Exchange, writer: ReplyWriter, context: PumpContext, halves: CallHalves) {
    this.#exchange = exchange
    this.#writer = writer
    this.#context = context
    this.#halves = halves
    this.#pieces = new ReplyPieces(writer)
  }

  /** Receives the handler's reply. */
  reply(reply: Reply): void {
    try {
      this.#take(reply)
    } catch (cause) {
      this.crashed(cause)
    }
  }

  #take(reply: Reply): void {
    if (!this.#halves.call.isOpen) {
      if (reply.kind === "stream") reply.source.cancel(new BridgeError("client-gone", "The call is over"))
      return
    }
    if (reply.kind === "status") {
      this.#endWithStatusOnly(reply.metadata, reply.status)
      return
    }
    const encoding = reply.metadata.get("grpc-encoding")
    const allowsCompressed = encoding !== null && encoding !== "identity"
    const maxBytes = this.#halves.call.route?.maxReplyMessageBytes ?? this.#context.maxReplyMessageBytes
    this.#scanner = new FrameScanner(maxBytes, allowsCompressed)
    this.#head = this.#writer.head(reply.metadata, reply.contentType)
    this.#state = "headed"
    this.#source = reply.source
    this.#context.turn.add(this)
    reply.source.start(this)
  }

  /** Receives frames from the backend, split anywhere. */
  data(frames: Uint8Array): void {
    const scanner = this.#scanner
    if (scanner === null || this.#state === "ended") return
    this.#halves.call.record.replyBytes += frames.length
    const violation = scanner.scan(frames)
    const { boundary } = scanner
    // Complete messages before a bad frame are passed on. Otherwise the result would depend on how the bytes were cut.
    if (boundary > 0) this.#pieces.addWhole(boundary === frames.length ? frames : frames.subarray(0, boundary))
    if (violation !== null) {
      this.#halves.call.fail(replyViolation(violation))
      return
    }
    if (boundary < frames.length) {
      this.#pieces.addBeginning(boundary === 0 ? frames : frames.subarray(boundary), scanner.openMessageBytes)
    }
    if (this.#pieces.areReady && !this.#isBlocked) this.#context.turn.add(this)
  }

  /** The backend has ended its reply. */
  end(status: Status): void {
    if (this.#state === "ended") return
    this.#source = null
    if (status.code === 0 && this.#scanner?.isAtBoundary === false) {
      this.#halves.call.fail(
        new BridgeError("truncated-reply", "The backend ended its reply inside a message, although with the status OK"),
      )
      return
    }
    this.#endStream(status)
  }

  flush(): void {
    if (this.#isBlocked) return
    if (this.#state === "headed") this.#respond()
    else if (this.#state !== "streaming" || !this.#pieces.areReady) return
    const isFree = this.#exchange.write(this.#pieces.take())
    this.#state = "streaming"
    this.#pieces.haveLeft()
    if (isFree) return
    this.#isBlocked = true
    this.#context.stalls.begin(this)
    this.#source?.pause()
  }

  /** Ends the call with a failure: by a status if one can still be read, otherwise by an abort. */
  failed(error: BridgeError): void {
    if (this.#state === "ended") return
    this.#source?.cancel(error)
    this.#endStream(statusOf(error))
  }

  clientGone(): void {
    this.#context.stalls.end(this)
    if (this.#state === "ended") return
    const error = new BridgeError("client-gone", "The client cancelled the call, or its connection closed")
    this.#source?.cancel(error)
    this.#finish(statusOf(error))
  }

  clientDrained(): void {
    this.#context.stalls.end(this)
    if (!this.#isBlocked) return
    this.#isBlocked = false
    this.flush()
    if (!this.#isBlocked) this.#source?.resume()
  }

  get heldBytes(): number {
    return this.#pieces.heldBytes + this.#exchange.unsentBytes
  }

  compact(): void {
    this.#pieces.compact()
  }

  /**
   * A call that waited too long gets a status, and some time for the client to read it. Bytes that fill the memory are released
   * at once.
   */
  stalled(why: StallEnd): void {
    const error =
      why === "too-much"
        ? bufferLimit("this call's answer")
        : new BridgeError("slow-reader", "The client did not read its answer for longer than --stall-timeout")
    if (why === "too-long" && this.#state !== "ended") {
      this.#halves.call.fail(error)
      return
    }
    if (this.#state !== "ended") {
      this.#source?.cancel(error)
      this.#finish(statusOf(error))
    }
    this.#exchange.abort(error)
  }

  crashed(cause: unknown): void {
    this.#halves.call.crashed("reply", cause)
  }

  cut(error: BridgeError): void {
    this.#state = "ended"
    this.#context.stalls.end(this)
    this.#halves.call.ended(statusOf(error))
    this.#exchange.abort(error)
    this.#halves.request.drop()
  }

  #endStream(status: Status): void {
    if (this.#pieces.areInsideMessage) {
      this.#finish(status)
      this.#exchange.abort(status.error ?? new BridgeError("truncated-reply", "The reply was cut inside a message"))
      return
    }
    if (this.#state === "waiting") {
      this.#endWithStatusOnly(emptyMetadata, status)
      return
    }
    const ready = this.#pieces.takeWholes()
    // The backend has sent its head, so the client gets it, even if the failure came in the same turn.
    if (this.#state === "headed") this.#respond()
    const { body, trailers } = this.#writer.end(status)
    if (body !== null) ready.push(body)
    this.#endExchange(ready, trailers, status)
  }

  /**
   * The state stays `waiting` while the head is written. If writing throws, no head was sent, and the call can still send
   * another.
   */
  #respond(): void {
    this.#state = "waiting"
    if (this.#head !== null) this.#exchange.respond(this.#head)
  }

  #endWithStatusOnly(metadata: Metadata, status: Status): void {
    this.#exchange.respond(this.#writer.statusOnly(metadata, status))
    this.#endExchange([], null, status)
  }

  /** The exchange comes first. If its `end` throws, the call has not ended, and a failure can still be reported. */
  #endExchange(chunks: readonly Uint8Array[], trailers: Metadata | null, status: Status): void {
    const isTaken = this.#exchange.end(chunks, trailers)
    if (this.#isBlocked && isTaken) this.#context.stalls.end(this)
    this.#isBlocked = false
    this.#finish(status)
    // Bytes that the client has not read are held no longer than the stall timeout.
    if (!isTaken) this.#context.stalls.begin(this)
  }

  #finish(status: Status): void {
    this.#state = "ended"
    this.#source = null
    this.#pieces.drop()
    if (this.#isBlocked) this.#context.stalls.end(this)
    const { record } = this.#halves.call
    record.requestBytes = this.#halves.request.receivedBytes
    record.replyMessages = this.#scanner?.messages ?? 0
    this.#halves.request.drop()
    this.#halves.call.ended(status)
  }
}
