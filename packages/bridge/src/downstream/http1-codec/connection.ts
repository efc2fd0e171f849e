import { STATUS_CODES } from "node:http"
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

/** One HTTP/1.1 connection over our own codec. It answers one request at a time. */
export class Http1CodecConnection implements ConnectionProtocol, IntakeListener, AnswerSink {
  readonly peer: Peer
  readonly #socket: Socket
  readonly #options: Http1CodecOptions
  readonly #intake: RequestIntake
  readonly #upload: HeldUpload
  #exchange: CodecExchange | null = null
  /** An answer has announced that it is the last. */
  #isClosing = false
  #isRefused = false
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
    socket.on("drain", () => this.#guarded(() => this.#exchange?.drained()))
  }

  // For the connection's owner.

  get hasCalls(): boolean {
    return this.#exchange?.isOver === false
  }

  drain(): void {
    if (this.#exchange === null && !this.#intake.isInsideHead && !this.#isRefused) this.#socket.destroy()
  }

  closeIfIdle(now: number): void {
    if (this.#exchange !== null) {
      if (this.#exchange.isOpen && this.#upload.mayHaveLeft(now)) {
        this.#guarded(() => this.#exchange?.leavingUnseen())
      }
      return
    }
    if (this.#isRefused || this.#isClosing) return
    const { headTimeoutMs, keepAliveTimeoutMs } = this.#options
    const quietMs = now - this.#quietSince
    if (this.#intake.isInsideHead) {
      if (quietMs >= headTimeoutMs) this.#refuse(slowHeadRefusal)
    } else if (quietMs >= keepAliveTimeoutMs) this.#socket.destroySoon()
  }

  closeDrained(): void {
    if (this.#isClosing || this.#isRefused || this.#drop !== null) this.#socket.destroy()
    else this.#refuse(slowHeadRefusal)
  }

  // For the intake.

  request(head: RequestHeadReader, bytes: Buffer): void {
    const exchange = new CodecExchange(head, bytes, this)
    if (exchange.head.method === "CONNECT") {
      this.#refuse(connectRefusal)
      return
    }
    this.#exchange = exchange
    this.#options.serve(exchange)
  }

  body(piece: Buffer): void {
    if (this.#drop !== null) this.#drop.dropped(piece.length)
    else if (this.#exchange?.isOpen === true) {
      this.#upload.received(piece.length)
      this.#exchange.received(piece)
    }
  }

  requestEnded(): void {
    this.#drop?.stop()
    this.#drop = null
    if (this.#exchange?.isOpen === true) this.#exchange.requestEnded()
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
    if (closes || (this.#options.drainState.isDraining && !this.#intake.hasWaiting)) this.#isClosing = true
    return !this.#isClosing
  }

  write(before: string, body: readonly Uint8Array[], bodyBytes: number, after: string): boolean {
    return this.#socket.destroyed || writeAnswer(this.#socket, before, body, bodyBytes, after)
  }

  answered(maxDroppedBytes: number): void {
    const { unsentBytes } = this
    this.#upload.flow()
    if (this.#intake.isInsideBody) this.#drop ??= new DropWatch(maxDroppedBytes, () => this.#socket.destroy())
    if (unsentBytes > 0) this.#socket.write(nothing, () => this.#answerSent())
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
    if (this.#exchange === null && !this.#intake.isInsideHead) this.#quietSince = performance.now()
    try {
      this.#intake.feed(bytes)
    } catch (cause) {
      this.#exchange?.crashed(cause)
    }
  }

  #answerSent(): void {
    this.#guarded(() => this.#exchange?.sent())
    this.#endExchange()
  }

  /** Goes on to the next request, or closes, once the request is complete and its answer was sent. */
  #endExchange(): void {
    if (this.#exchange?.isOver !== true || this.#socket.destroyed) return
    if (this.#isClosing) {
      this.#exchange = null
      this.#close()
      return
    }
    if (this.#intake.isInsideBody) return
    this.#exchange = null
    this.#quietSince = performance.now()
    this.#intake.release()
    if (this.#intake.hasWaiting) setImmediate(() => this.#guarded(() => this.#intake.readWaiting()))
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
    if (this.#exchange === null) {
      if (this.#intake.isInsideHead) this.#refuse(truncatedRefusal)
      else this.#socket.end()
    } else if (!this.#exchange.isOpen) this.#socket.end()
    else if (this.#intake.isInsideBody) this.#refuse(truncatedRefusal)
    else this.#socket.destroy()
  }

  #closed(): void {
    this.#drop?.stop()
    this.#intake.stop()
    const exchange = this.#exchange
    this.#guarded(() => exchange?.closed())
    this.#exchange = null
  }

  #refuse(refusal: RequestRefusal): void {
    this.#options.observer.connectionFailed(refusal.reason, this.peer.address, refusal.text)
    this.#isRefused = true
    this.#intake.stop()
    // An answer has begun: other bytes would be taken for a part of it.
    refuseRaw(this.#socket, refusal, this.#exchange?.isAnswering === true)
  }

  /** An error in a listener ends only its own call. */
  #guarded(run: () => void): void {
    try {
      run()
    } catch (cause) {
      this.#exchange?.crashed(cause)
    }
  }
}

/** The reasons of log and metrics. Other refusals are of requests that cannot be read. */
const reasons: Readonly<Record<number, RequestRefusal["reason"]>> = {
  417: "unsupported",
  431: "large-head",
  501: "unsupported",
  505: "unsupported",
}

function refusalOf({ status, text }: HeadProblem): RequestRefusal {
  const reason = reasons[status] ?? "unreadable"
  const why = reason === "unreadable" ? `The request could not be read as HTTP/1.1. ${text}` : text
  return { status: `${status} ${STATUS_CODES[status]}`, reason, text: why }
}

const truncatedRefusal: RequestRefusal = {
  status: "400 Bad Request",
  reason: "truncated",
  text: "The connection ended inside a request",
}

const nothing = new Uint8Array(0)
