import type { FrameViolation, Metadata } from "@causeway/protocol"
import { emptyMetadata, FrameScanner } from "@causeway/protocol"
import type { CallOwner, OpenCall } from "./call.ts"
import { BridgeError } from "./errors.ts"
import type { Exchange, ResponseHead } from "./exchange.ts"
import type { Flushable } from "./flush-turn.ts"
import { gather } from "./gather.ts"
import type { PumpContext } from "./pump-context.ts"
import type { Reply, ReplySink, ReplySource, Status } from "./reply.ts"
import { statusOf } from "./reply.ts"
import type { RequestPump } from "./request-pump.ts"
import type { Stallable } from "./stall-clock.ts"
import type { ReplyWriter } from "./wire.ts"

/** A reply message up to this size is passed on whole, so that half of one can still become a readable status. */
const maxHeldBytes = 65_536
/** A backend may send a message byte by byte: the objects would cost a hundred times what they hold. */
const maxHeldPieces = 64

type State =
  | "waiting" // no reply yet
  | "headed" // the head is known, nothing has left
  | "streaming" // the head has left
  | "ended"

/** A message beyond `maxHeldBytes` that is not whole yet. */
type LargeMessage =
  | "none"
  /** None of it has left: it can be dropped, and the messages before it end with a readable status. */
  | "waiting"
  /** Some of it has left: no end is both readable and true until it is whole. */
  | "leaving"

/**
 * The reply direction of the pump, and the one place where a call ends on the wire: by the reply's own status, by a failure
 * from anywhere, or by the client's leaving.
 */
export class ReplyPump implements ReplySink, CallOwner, Flushable, Stallable {
  readonly #exchange: Exchange
  readonly #writer: ReplyWriter
  readonly #context: PumpContext
  #call!: OpenCall
  #request!: RequestPump
  #state: State = "waiting"
  #head!: ResponseHead
  #scanner!: FrameScanner
  #source: ReplySource | null = null
  /** Bytes of the wire that leave at the end of the turn. */
  #ready: Uint8Array[] = []
  /** The beginning of a message whose rest has not come. */
  #held: Uint8Array[] = []
  #large: LargeMessage = "none"
  /** While a large message waits: how many pieces of `#ready` stand before its first. */
  #piecesBeforeLarge = 0
  #isBlocked = false

  constructor(exchange: Exchange, writer: ReplyWriter, context: PumpContext) {
    this.#exchange = exchange
    this.#writer = writer
    this.#context = context
  }

  start(call: OpenCall, request: RequestPump): void {
    this.#call = call
    this.#request = request
  }

  /** The handler's answer. */
  reply(reply: Reply): void {
    try {
      this.#take(reply)
    } catch (cause) {
      this.crashed(cause)
    }
  }

  #take(reply: Reply): void {
    if (!this.#call.isOpen) {
      if (reply.kind === "stream") reply.source.cancel(new BridgeError("client-gone", "The call is over"))
      return
    }
    if (reply.kind === "status") {
      this.#endWithStatusOnly(reply.metadata, reply.status)
      return
    }
    const encoding = reply.metadata.get("grpc-encoding")
    const allowsCompressed = encoding !== null && encoding !== "identity"
    this.#scanner = new FrameScanner(this.#context.maxReplyMessageBytes, allowsCompressed)
    this.#head = this.#writer.head(reply.metadata, reply.contentType)
    this.#state = "headed"
    this.#source = reply.source
    this.#context.turn.add(this)
    reply.source.start(this)
  }

  /** Frames from the backend, split anywhere. */
  data(frames: Uint8Array): void {
    if (this.#state === "ended") return
    this.#call.record.replyBytes += frames.length
    const violation = this.#scanner.scan(frames)
    const { boundary } = this.#scanner
    // Whole messages are passed on also before a bad one: otherwise it would depend on how the bytes were cut.
    if (boundary > 0) this.#passWhole(boundary === frames.length ? frames : frames.subarray(0, boundary))
    if (violation !== null) {
      this.#call.fail(replyViolation(violation))
      return
    }
    if (boundary < frames.length) this.#passBeginning(boundary === 0 ? frames : frames.subarray(boundary))
    if (this.#ready.length > 0) this.#context.turn.add(this)
  }

  /** Passes on a piece at whose end a message ends. */
  #passWhole(piece: Uint8Array): void {
    this.#large = "none"
    this.#pass(piece)
  }

  /** Passes on or holds the beginning of a message, or a piece of its middle. */
  #passBeginning(piece: Uint8Array): void {
    if (this.#large === "none") {
      if (this.#scanner.openMessageBytes <= maxHeldBytes) {
        this.#hold(piece)
        return
      }
      this.#large = "waiting"
      this.#piecesBeforeLarge = this.#ready.length
    }
    this.#pass(piece)
  }

  #pass(piece: Uint8Array): void {
    const held = this.#held
    if (held.length > 0) this.#held = []
    this.#ready.push(this.#writer.data(held.length === 0 ? piece : gather([...held, piece])))
  }

  #hold(piece: Uint8Array): void {
    this.#held.push(piece)
    if (this.#held.length >= maxHeldPieces) this.#held = [gather(this.#held)]
  }

  /** The backend's end. */
  end(status: Status): void {
    if (this.#state === "ended") return
    this.#source = null
    if (status.code === 0 && !this.#scanner.isAtBoundary) {
      this.#call.fail(
        new BridgeError("truncated-reply", "The backend ended its reply inside a message, and said that all went well"),
      )
      return
    }
    this.#endStream(status)
  }

  flush(): void {
    if (this.#state === "headed") this.#respond()
    else if (this.#state !== "streaming" || this.#ready.length === 0) return
    const ready = this.#ready
    this.#ready = []
    const isFree = this.#exchange.write(ready)
    this.#state = "streaming"
    if (this.#large === "waiting") this.#large = "leaving"
    if (isFree || this.#isBlocked) return
    this.#isBlocked = true
    this.#context.stalls.begin(this)
    this.#source?.pause()
  }

  /** A failure from anywhere: told to the page in the best way that is still true. */
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
    this.#source?.resume()
  }

  stalled(): void {
    const error = new BridgeError("slow-reader", "The client has not read its answer for too long")
    if (this.#state === "ended") this.#exchange.abort(error)
    else this.#call.fail(error)
  }

  crashed(cause: unknown): void {
    this.#call.crashed("reply", cause)
  }

  cut(error: BridgeError): void {
    this.#state = "ended"
    this.#context.stalls.end(this)
    this.#request.detach()
    this.#call.ended(statusOf(error))
    this.#exchange.abort(error)
  }

  #endStream(status: Status): void {
    if (this.#large === "leaving") {
      this.#finish(status)
      this.#exchange.abort(status.error ?? new BridgeError("truncated-reply", "The reply was cut inside a message"))
      return
    }
    if (this.#state === "waiting") {
      this.#endWithStatusOnly(emptyMetadata, status)
      return
    }
    const ready = this.#large === "waiting" ? this.#ready.slice(0, this.#piecesBeforeLarge) : this.#ready
    this.#ready = []
    // The backend's head came, so the client gets it, whether or not the turn had ended before the failure.
    if (this.#state === "headed") this.#respond()
    const { body, trailers } = this.#writer.end(status)
    if (body !== null) ready.push(body)
    this.#endExchange(ready, trailers, status)
  }

  /** Until the head is written the state says that there is none: one that cannot be written has not left, and another can be. */
  #respond(): void {
    this.#state = "waiting"
    this.#exchange.respond(this.#head)
  }

  #endWithStatusOnly(metadata: Metadata, status: Status): void {
    this.#exchange.respond(this.#writer.statusOnly(metadata, status))
    this.#endExchange([], null, status)
  }

  /** The exchange first: what throws there has not ended the call, and can still be told. */
  #endExchange(chunks: readonly Uint8Array[], trailers: Metadata | null, status: Status): void {
    const isTaken = this.#exchange.end(chunks, trailers)
    this.#finish(status)
    // What the client has not read yet is held no longer than a stall may last.
    if (!isTaken) this.#context.stalls.begin(this)
  }

  #finish(status: Status): void {
    this.#state = "ended"
    this.#source = null
    this.#ready = []
    this.#held = []
    if (this.#isBlocked) this.#context.stalls.end(this)
    const { record } = this.#call
    record.requestBytes = this.#request.receivedBytes
    record.replyMessages = this.#scanner === undefined ? 0 : this.#scanner.messages
    this.#request.drop()
    this.#call.ended(status)
  }
}

function replyViolation(violation: FrameViolation): BridgeError {
  if (violation.kind === "too-large") {
    return new BridgeError(
      "reply-too-large",
      `The backend announced a message of ${violation.declaredBytes} bytes; this bridge passes at most ${violation.maxBytes} (--max-reply-message-bytes)`,
    )
  }
  return new BridgeError(
    "backend-bad-frame",
    `The backend sent a message with the flags ${violation.flags}, which gRPC does not know here`,
  )
}
