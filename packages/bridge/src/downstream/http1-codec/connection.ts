import type { Socket } from "node:net"
import type { FieldNames, HeadProblem, RequestHeadReader } from "@causeway/protocol/http1"
import { ignoreError } from "../../core/guard.ts"
import type { Exchange, Peer } from "../../core/exchange.ts"
import type { Observer } from "../../core/observer.ts"
import { DropWatch } from "../drop-watch.ts"
import type { DrainState } from "../http1-connection.ts"
import type { ConnectionProtocol } from "../owned-connection.ts"
import type { RequestRefusal } from "../raw-refusal.ts"
import { connectRefusal, dropRest, refuseRaw, slowHeadRefusal } from "../raw-refusal.ts"
import { writeAnswer } from "./answer-bytes.ts"
import type { AnswerSink } from "./exchange.ts"
import { CodecExchange } from "./exchange.ts"
import { refusalOf, truncatedRefusal } from "./head-refusal.ts"
import { HeldUpload } from "./held-upload.ts"
import type { HttpDate } from "./http-date.ts"
import type { IntakeListener } from "./request-intake.ts"
import { RequestIntake } from "./request-intake.ts"

/** Limits, and objects that all connections of a listener share. */
export interface Http1CodecOptions {
  readonly headTimeoutMs: number
  readonly keepAliveTimeoutMs: number
  /** Longer heads are refused without CORS fields. */
  readonly maxHeadBytes: number
  readonly maxFields: number
  readonly names: FieldNames
  readonly date: HttpDate
  readonly drainState: DrainState
  readonly observer: Observer
  readonly serve: (exchange: Exchange) => void
}

type Phase =
  | "new" // no request has come
  | "serving"
  /** An answer has announced that it is the last, or the client has closed its side: no further request is served. */
  | "closing"
  /** A raw refusal owns the socket. */
  | "refused"

/** One HTTP/1.1 connection over our own codec. It answers one request at a time. */
export class Http1CodecConnection implements ConnectionProtocol, IntakeListener, AnswerSink {
  readonly peer: Peer
  readonly #socket: Socket
  readonly #options: Http1CodecOptions
  readonly #intake: RequestIntake
  readonly #upload: HeldUpload
  #exchange: CodecExchange | null = null
  #phase: Phase = "new"
  /** Bounds the rest of an upload that was already answered. */
  #drop: DropWatch | null = null
  /** Since when no request is answered, or a head is coming. */
  #quietSince = performance.now()

  constructor(socket: Socket, peer: Peer, options: Http1CodecOptions) {
    this.peer = peer
    this.#socket = socket
    this.#options = options
    const { maxHeadBytes, maxFields, names } = options
    this.#intake = new RequestIntake({ maxBytes: maxHeadBytes, maxFields }, names, this)
    this.#upload = new HeldUpload(socket)
    socket.on("error", ignoreError).once("close", () => this.#closed())
    socket.on("data", (bytes: Buffer) => this.#received(bytes)).on("end", () => this.#clientEnded())
    socket.on("drain", () => this.#tell(drained))
  }

  // For the connection's owner.

  get hasCalls(): boolean {
    return this.#exchange?.isOver === false
  }

  drain(): void {
    const { isInsideHead, hasWaiting } = this.#intake
    if (this.#exchange === null && !isInsideHead && !hasWaiting && this.#phase !== "refused") this.#socket.destroy()
  }

  closeIfIdle(now: number): void {
    if (this.#exchange !== null) {
      if (this.#exchange.isOpen && this.#upload.mayHaveLeft(now)) this.#tell(leavingUnseen)
      return
    }
    if (this.#phase === "refused" || this.#phase === "closing") return
    const { headTimeoutMs, keepAliveTimeoutMs } = this.#options
    const quietMs = now - this.#quietSince
    if (this.#phase === "new" || this.#intake.isInsideHead) {
      if (quietMs >= headTimeoutMs) this.#refuse(slowHeadRefusal)
    } else if (quietMs >= keepAliveTimeoutMs) this.#socket.destroySoon()
  }

  closeDrained(): void {
    if (this.#phase === "closing" || this.#phase === "refused" || this.#drop !== null) this.#socket.destroy()
    else this.#refuse(slowHeadRefusal)
  }

  // For the intake.

  request(head: RequestHeadReader, bytes: Buffer): void {
    const exchange = new CodecExchange(head, bytes, this)
    if (exchange.head.method === "CONNECT") {
      this.#refuse(connectRefusal)
      return
    }
    if (this.#phase === "new") this.#phase = "serving"
    this.#exchange = exchange
    try {
      this.#options.serve(exchange)
    } catch (cause) {
      exchange.crashed(cause)
    }
  }

  body(piece: Buffer): void {
    if (this.#drop !== null) this.#drop.dropped(piece.length)
    else if (this.#exchange?.isOpen === true) {
      this.#upload.received(piece.length)
      try {
        this.#exchange.received(piece)
      } catch (cause) {
        this.#exchange.crashed(cause)
      }
    }
  }

  requestEnded(): void {
    this.#drop?.stop()
    this.#drop = null
    if (this.#exchange?.isOpen === true) this.#tell(requestEnded)
    else this.#endExchange()
  }

  unreadable(problem: HeadProblem): void {
    this.#refuse(refusalOf(problem))
  }

  tooMuchWaits(): void {
    const text = "More requests were pipelined than are kept while another is answered"
    this.#options.observer.connectionFailed("pipelined", this.peer.address, text)
    this.#socket.destroy()
  }

  ignored(bytes: number): void {
    this.#drop?.dropped(bytes)
  }

  // For the exchange.

  get unsentBytes(): number {
    return this.#socket.writableLength
  }

  get date(): string {
    return this.#options.date.now()
  }

  keepsOpen(closes: boolean): boolean {
    // During a drain the calls that wait finish first.
    if (closes || (this.#options.drainState.isDraining && !this.#intake.hasWaiting)) this.#phase = "closing"
    return this.#phase !== "closing"
  }

  write(before: string, body: readonly Uint8Array[], bodyBytes: number, after: string): boolean {
    return this.#socket.destroyed || writeAnswer(this.#socket, before, body, bodyBytes, after)
  }

  answered(maxDroppedBytes: number): void {
    const { unsentBytes } = this
    this.#upload.flow()
    if (this.#intake.isInsideBody) this.#drop ??= new DropWatch(maxDroppedBytes, () => this.#socket.destroy())
    if (unsentBytes > 0) this.#socket.write(nothing, this.#answerSent)
    else this.#endExchange()
  }

  pause(): void {
    this.#upload.hold()
  }

  resume(): void {
    this.#upload.flow()
  }

  cut(): void {
    this.#socket.destroy()
  }

  #received(bytes: Buffer): void {
    const wasInsideHead = this.#intake.isInsideHead
    this.#read(bytes)
    // Blank lines begin no head, so they do not keep a connection open.
    if (!wasInsideHead && this.#intake.isInsideHead) this.#quietSince = performance.now()
  }

  readonly #answerSent = (error?: Error | null): void => {
    if (error !== null && error !== undefined) return // the socket closes, which reports `gone`
    this.#tell(sent)
    this.#endExchange()
  }

  /** Goes on to the next request, or closes, once the request is complete and its answer was sent. */
  #endExchange(): void {
    if (this.#exchange?.isOver !== true || this.#socket.destroyed) return
    if (this.#phase === "closing") {
      this.#exchange = null
      this.#close()
      return
    }
    if (this.#intake.isInsideBody) return
    this.#exchange = null
    this.#quietSince = performance.now()
    this.#intake.release()
    if (this.#intake.hasWaiting) setImmediate(() => this.#read(null))
  }

  /** RFC 9112 §9.6: closes this side. If an upload is on its way, it is read on until the client closes its own side. */
  #close(): void {
    this.#intake.stop()
    if (this.#drop === null) this.#socket.destroySoon()
    else {
      dropRest(this.#socket, this.#drop)
      this.#socket.end()
    }
  }

  /** The client has closed its side. Nothing tells this from a client that has left. */
  #clientEnded(): void {
    const isOpen = this.#exchange?.isOpen === true
    if (isOpen ? this.#intake.isInsideBody : this.#intake.isInsideHead) this.#refuse(truncatedRefusal)
    else if (isOpen) this.#socket.destroy()
    else {
      this.#phase = "closing"
      this.#intake.stop() // the answers to requests that wait could not be sent any more
      this.#socket.end()
    }
  }

  #closed(): void {
    this.#drop?.stop()
    this.#intake.stop()
    this.#loseExchange()
  }

  /** The current exchange can neither receive nor answer any more. */
  #loseExchange(): void {
    this.#tell(closed)
    this.#exchange = null
  }

  #refuse(refusal: RequestRefusal): void {
    this.#options.observer.connectionFailed(refusal.reason, this.peer.address, refusal.text)
    if (this.#exchange?.isOver === true) {
      // The request has its whole answer, so this closes as after any last answer.
      this.#phase = "closing"
      this.#endExchange()
      return
    }
    this.#phase = "refused"
    this.#intake.stop()
    // An answer has begun: other bytes would be taken for a part of it.
    refuseRaw(this.#socket, refusal, this.#exchange?.isAnswering === true)
    this.#loseExchange()
  }

  /** Reads new bytes. Null: those that have waited. */
  #read(bytes: Buffer | null): void {
    try {
      if (bytes === null) this.#intake.readWaiting()
      else this.#intake.feed(bytes)
    } catch (cause) {
      // A defect of the reader itself: nothing after it can be trusted.
      this.#options.observer.crashed("http1", cause, null)
      this.#socket.destroy()
    }
  }

  /** An error in a listener ends only its own call. */
  #tell(deliver: (exchange: CodecExchange) => void): void {
    const exchange = this.#exchange
    if (exchange === null) return
    try {
      deliver(exchange)
    } catch (cause) {
      exchange.crashed(cause)
    }
  }
}

const requestEnded = (exchange: CodecExchange): void => exchange.requestEnded()
const leavingUnseen = (exchange: CodecExchange): void => exchange.leavingUnseen()
const drained = (exchange: CodecExchange): void => exchange.drained()
const closed = (exchange: CodecExchange): void => exchange.closed()
const sent = (exchange: CodecExchange): void => exchange.sent()

const nothing = new Uint8Array(0)
