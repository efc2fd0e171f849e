import { FrameScanner } from "@causeway/protocol"
import type { CallHalves, RequestHalf } from "./call-halves.ts"
import type { CallHead } from "./call.ts"
import type { BridgeError } from "./errors.ts"
import type { Exchange, ExchangeListener } from "./exchange.ts"
import type { Flushable } from "./flush-turn.ts"
import { MessageTimer } from "./message-timer.ts"
import type { PumpContext } from "./pump-context.ts"
import type { RequestBody, RequestCopy } from "./request-body.ts"
import type { BodyState, OutletState } from "./request-state.ts"
import type { Stallable, StallEnd } from "./stall-clock.ts"
import { bufferLimit } from "./stall-clock.ts"
import type { RequestOutlet } from "./upstream-stream.ts"
import { fragmentedRequest, notBase64, requestStall, requestViolation, truncatedRequest } from "./violations.ts"
import { WaitingRequest } from "./waiting-request.ts"
import type { FrameReader } from "./wire.ts"

/**
 * The request direction of the pump: reader, frame scanner, upstream. Bytes that are gRPC frames already pass unchanged; only
 * their five-byte prefixes are read. A message that the end of the request cuts never reaches the backend as a complete one.
 */
export class RequestPump implements RequestBody, RequestHalf, ExchangeListener, Flushable, Stallable {
  readonly #exchange: Exchange
  readonly #reader: FrameReader | null
  readonly #scanner: FrameScanner
  readonly #context: PumpContext
  readonly #halves: CallHalves
  readonly #timer: MessageTimer
  awaitsFlush = false
  wait: Stallable["wait"] = null
  #body: BodyState = "arriving"
  #outlet: OutletState = "detached"
  #stream: RequestOutlet | null = null
  readonly #waiting = new WaitingRequest()
  receivedBytes = 0
  copy: RequestCopy | null = null

  constructor(
    exchange: Exchange,
    reader: FrameReader | null,
    head: CallHead,
    context: PumpContext,
    halves: CallHalves,
  ) {
    const { encoding } = head
    this.#exchange = exchange
    this.#reader = reader
    this.#scanner = new FrameScanner(context.maxRequestMessageBytes, encoding !== null && encoding !== "identity")
    this.#context = context
    this.#halves = halves
    this.#timer = new MessageTimer(context.stalls, this, head.wire !== "grpc")
  }

  /** Starts the time of the first message. Called once, before the exchange starts. */
  begin(): void {
    this.#timer.begin(this.#halves.call.record.startedAt)
  }

  limit(maxMessageBytes: number): void {
    this.#scanner.limit(maxMessageBytes)
  }

  /** Receives bytes from the client. */
  data(chunk: Uint8Array): void {
    if (this.#body === "dropped") return
    this.receivedBytes += chunk.length
    const reader = this.#reader
    if (reader === null) this.#accept(chunk)
    else if (this.#accept(reader.pushUpToError(chunk)) && reader.isBroken) this.#failAfterWholes(notBase64())
  }

  /** The client has sent the whole request. */
  end(): void {
    if (this.#body === "dropped") return
    if (this.#reader !== null) {
      const last = this.#reader.end()
      if (last === null) {
        this.#failAfterWholes(notBase64())
        return
      }
      if (!this.#accept(last)) return
    }
    if (!this.#scanner.isAtBoundary) {
      this.#failAfterWholes(truncatedRequest())
      return
    }
    this.#letFlow()
    this.#body = "complete"
    if (this.#outlet !== "blocked") this.#timer.stop()
    this.flush()
    this.copy?.complete()
  }

  tooFragmented(): void {
    this.#halves.call.fail(fragmentedRequest())
  }

  leavingUnseen(): void {
    this.stalled("too-long")
  }

  gone(): void {
    this.#halves.reply.clientGone()
  }

  drained(): void {
    this.#halves.reply.clientDrained()
  }

  crashed(cause: unknown): void {
    this.#halves.call.crashed("request", cause)
  }

  drop(): void {
    this.#letFlow()
    this.#body = "dropped"
    this.copy = null
    this.#waiting.drop()
    this.detach()
    this.#timer.stop()
  }

  keep(maxBytes: number): void {
    this.#waiting.keep(maxBytes)
  }

  get canReplay(): boolean {
    return this.#waiting.canReplay
  }

  attach(to: RequestOutlet): void {
    if (this.#body === "dropped") return
    this.#stream = to
    this.#outlet = "open"
    this.#waiting.replay()
    this.flush()
    if (this.#body === "heldBack" && !this.#isBlocked) this.#goOn()
  }

  upstreamDrained(): void {
    if (this.#outlet !== "blocked") return
    this.#outlet = "open"
    this.#timer.stop()
    this.flush()
    if (!this.#isBlocked) this.#goOn()
  }

  detach(): void {
    const wasBlocked = this.#outlet === "blocked"
    this.#outlet = "detached"
    this.#stream = null
    if (wasBlocked) this.#goOn()
  }

  commit(): void {
    this.#waiting.commit()
  }

  /** Sends the waiting bytes in one write, then the end of the request if it has come. */
  flush(): void {
    const stream = this.#stream
    if (stream === null || this.#outlet !== "open") return
    if (!this.#waiting.isEmpty && !stream.write([this.#waiting.take()])) {
      this.#outlet = "blocked"
      this.#holdBack()
    }
    if (this.#body === "complete" && this.#outlet === "open") {
      this.#outlet = "ended"
      stream.end()
    }
  }

  get heldBytes(): number {
    return this.#waiting.heldBytes + (this.#stream?.unsentBytes ?? 0)
  }

  compact(): void {
    this.#waiting.compact()
  }

  stalled(why: StallEnd): void {
    if (why === "too-long" && this.#timer.goesOn(this.#scanner)) return
    this.#halves.call.fail(
      why === "too-much"
        ? bufferLimit("this call's request")
        : requestStall(this.#isBlocked, this.#body === "heldBack"),
    )
  }

  get #isBlocked(): boolean {
    return this.#outlet === "blocked"
  }

  /** The backend reads again, or another one will: its time stops, and the client's time goes on. */
  #goOn(): void {
    this.#timer.stop()
    this.#letFlow()
    if (this.#body === "arriving") this.#timer.follow(this.#scanner)
  }

  /**
   * Complete messages before the failure go to the backend first. Otherwise the number of messages that it sees would depend on
   * how the bytes were cut. The stream is then reset, so that the backend never takes the request for complete.
   */
  #failAfterWholes(error: BridgeError): void {
    this.flush()
    this.#halves.call.fail(error)
  }

  #accept(frames: Uint8Array): boolean {
    if (frames.length === 0) return true
    const violation = this.#scanner.scan(frames)
    if (violation !== null) {
      if (this.#scanner.boundary > 0) this.#take(frames.subarray(0, this.#scanner.boundary))
      this.#failAfterWholes(requestViolation(violation))
      return false
    }
    this.#take(frames)
    if (this.#body !== "arriving") return true
    if (this.#outlet === "detached" && this.#waiting.isFull) {
      this.#holdBack()
    } else this.#timer.follow(this.#scanner)
    return true
  }

  /** The backend comes first, the copy after it. */
  #take(frames: Uint8Array): void {
    this.#waiting.add(frames)
    if (this.#outlet === "open") this.#context.turn.add(this)
    this.copy?.write(frames)
  }

  /** Pauses the client for at most the stall timeout, which begins now, since data has just moved. */
  #holdBack(): void {
    if (this.#body === "arriving") {
      this.#body = "heldBack"
      this.#timer.paused()
      this.#exchange.pause()
    }
    this.#timer.waitForBackend()
  }

  #letFlow(): void {
    if (this.#body !== "heldBack") return
    this.#body = "arriving"
    this.#timer.resumed()
    this.#exchange.resume()
  }
}
