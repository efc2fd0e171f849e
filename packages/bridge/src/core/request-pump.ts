import type { FrameViolation } from "@causeway/protocol"
import { FrameScanner } from "@causeway/protocol"
import type { Call } from "./call.ts"
import { BridgeError } from "./errors.ts"
import type { Exchange, ExchangeListener } from "./exchange.ts"
import type { Flushable } from "./flush-turn.ts"
import { gather } from "./gather.ts"
import type { PumpContext } from "./pump-context.ts"
import type { ReplyPump } from "./reply-pump.ts"
import type { RequestBody } from "./request-body.ts"
import type { Stallable } from "./stall-clock.ts"
import type { UpstreamStream } from "./upstream-stream.ts"
import type { FrameReader } from "./wire.ts"

/** Bytes held while no stream is attached; more pauses the client. */
const maxWaitingBytes = 65_536
/** What a chunk's object costs besides its bytes: a client may send its message byte by byte. */
const chunkBytes = 256

/**
 * The request direction of the pump: reader, frame scanner, upstream. Bytes that are gRPC frames already pass as they came;
 * only their five-byte prefixes are read. A message cut by the end of the request never reaches the backend as a whole one.
 */
export class RequestPump implements RequestBody, ExchangeListener, Flushable, Stallable {
  readonly #exchange: Exchange
  readonly #reader: FrameReader | null
  readonly #scanner: FrameScanner
  readonly #context: PumpContext
  readonly #reply: ReplyPump
  #call!: Call
  #stream: UpstreamStream | null = null
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #kept: Uint8Array[] | null = null
  #keptBytes = 0
  #maxKeptBytes = 0
  #isComplete = false
  #isEndSent = false
  #isDropping = false
  #isPaused = false
  /** The backend does not read. */
  #isBlocked = false
  receivedBytes = 0

  constructor(
    exchange: Exchange,
    reader: FrameReader | null,
    allowsCompressed: boolean,
    context: PumpContext,
    reply: ReplyPump,
  ) {
    this.#exchange = exchange
    this.#reader = reader
    this.#scanner = new FrameScanner(context.maxRequestMessageBytes, allowsCompressed)
    this.#context = context
    this.#reply = reply
  }

  /** Begins to listen to the client. */
  start(call: Call): void {
    this.#call = call
    this.#exchange.start(this)
  }

  /** Bytes from the client. */
  data(chunk: Uint8Array): void {
    if (this.#isDropping) return
    this.receivedBytes += chunk.length
    const reader = this.#reader
    if (reader === null) this.#accept(chunk)
    else if (this.#accept(reader.pushUpToError(chunk)) && reader.isBroken) this.#failAfterWholes(notBase64())
  }

  /** The client has sent all. */
  end(): void {
    if (this.#isDropping) return
    if (this.#reader !== null) {
      const last = this.#reader.end()
      if (last === null) {
        this.#failAfterWholes(notBase64())
        return
      }
      if (!this.#accept(last)) return
    }
    this.#context.stalls.end(this)
    if (!this.#scanner.isAtBoundary) {
      this.#failAfterWholes(
        new BridgeError(
          "truncated-request",
          "The request body ends inside a message (its length prefix promises more); the backend was not given the half",
        ),
      )
      return
    }
    this.#isComplete = true
    this.flush()
  }

  tooFragmented(): void {
    this.#call.fail(
      new BridgeError(
        "too-fragmented",
        "The request came in pieces of a byte or two (DATA frames or chunks), more than 1,000 of them; send a message in one piece",
      ),
    )
  }

  leavingUnseen(): void {
    this.stalled()
  }

  gone(): void {
    this.#reply.clientGone()
  }

  drained(): void {
    this.#reply.clientDrained()
  }

  crashed(cause: unknown): void {
    this.#call.crashed("request", cause)
  }

  /** The call is over: what still comes is dropped. */
  drop(): void {
    this.#isDropping = true
    this.#waiting = []
    this.#kept = null
    this.detach()
    this.#resume()
  }

  keep(maxBytes: number): void {
    this.#maxKeptBytes = maxBytes
    this.#kept ??= []
  }

  get canReplay(): boolean {
    return this.#kept !== null
  }

  attach(to: UpstreamStream): void {
    if (this.#isDropping) return
    this.#stream = to
    this.#isEndSent = false
    if (this.#kept !== null && this.#kept.length > 0) {
      this.#waiting = [...this.#kept, ...this.#waiting]
      this.#kept = []
      this.#keptBytes = 0
    }
    this.flush()
  }

  upstreamDrained(): void {
    this.#isBlocked = false
    this.#resume()
    this.#watch()
  }

  detach(): void {
    this.#isBlocked = false
    this.#stream = null
    this.#watch()
  }

  commit(): void {
    this.#kept = null
  }

  /** Sends what waits, and the end if it has come, in one write. */
  flush(): void {
    const stream = this.#stream
    if (stream === null || this.#isEndSent) return
    if (this.#waiting.length > 0) {
      const bytes = gather(this.#waiting)
      this.#waiting = []
      this.#waitingBytes = 0
      this.#remember(bytes)
      if (stream.write([bytes])) this.#resume()
      else {
        this.#isBlocked = true
        this.#pause()
        this.#watch()
      }
    }
    if (this.#isComplete) {
      this.#isEndSent = true
      stream.end()
    }
  }

  stalled(): void {
    this.#call.fail(
      this.#isBlocked
        ? new BridgeError("slow-backend", "The backend has not read this call's request for too long")
        : new BridgeError(
            "slow-upload",
            "The client stopped inside a request message and has sent nothing for too long",
          ),
    )
  }

  /** Two things may not last: a backend that does not read, and a client that stops inside a message. Between messages it may. */
  #watch(): void {
    const isInsideMessage = !this.#isPaused && !this.#isComplete && !this.#scanner.isAtBoundary
    this.#context.stalls.end(this) // something moved: its time begins anew
    if (!this.#isDropping && (this.#isBlocked || isInsideMessage)) this.#context.stalls.begin(this)
  }

  /**
   * Whole messages before the failure go to the backend first, which otherwise would see more or fewer of them, depending on
   * how the bytes were cut. The stream is then reset, so that the backend never takes the request for complete.
   */
  #failAfterWholes(error: BridgeError): void {
    this.flush()
    this.#call.fail(error)
  }

  #accept(frames: Uint8Array): boolean {
    if (frames.length === 0) return true
    const violation = this.#scanner.scan(frames)
    if (violation !== null) {
      const { boundary } = this.#scanner
      if (boundary > 0) this.#waiting.push(frames.subarray(0, boundary))
      this.#failAfterWholes(requestViolation(violation))
      return false
    }
    this.#waiting.push(frames)
    this.#waitingBytes += frames.length + chunkBytes
    if (this.#stream !== null) this.#context.turn.add(this)
    else if (this.#waitingBytes > maxWaitingBytes) this.#pause()
    if (!this.#isBlocked) this.#watch()
    return true
  }

  #remember(bytes: Uint8Array): void {
    if (this.#kept === null) return
    this.#keptBytes += bytes.length + chunkBytes
    this.#kept.push(bytes)
    if (this.#keptBytes > this.#maxKeptBytes) this.#kept = null
  }

  #pause(): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.#exchange.pause()
  }

  #resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#exchange.resume()
  }
}

function notBase64(): BridgeError {
  return new BridgeError("bad-base64", "The request body is not base64, which its content type promises")
}

function requestViolation(violation: FrameViolation): BridgeError {
  switch (violation.kind) {
    case "too-large":
      return new BridgeError(
        "request-too-large",
        `A request message of ${violation.declaredBytes} bytes was announced; this bridge takes at most ${violation.maxBytes} (--max-request-message-bytes)`,
      )
    case "bad-flags":
      return new BridgeError(
        "bad-frame",
        `A request message begins with the flags ${violation.flags}, where 0 or 1 is expected. Is the body framed as gRPC-Web?`,
      )
    case "unexpected-compression":
      return new BridgeError(
        "unexpected-compression",
        "A request message is flagged as compressed, but the request names no grpc-encoding",
      )
  }
}
