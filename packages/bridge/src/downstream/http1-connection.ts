import type { IncomingMessage } from "node:http"
import { Socket } from "node:net"
import { ignoreError } from "../core/guard.ts"
import type { Peer, ResponseHead } from "../core/exchange.ts"
import type { Observer } from "../core/observer.ts"
import { DropWatch } from "./drop-watch.ts"
import type { ConnectionProtocol } from "./owned-connection.ts"
import type { RequestRefusal } from "./raw-refusal.ts"
import { dropRest, refuseRaw, slowHeadRefusal, unreadableRefusal } from "./raw-refusal.ts"

/** State that the connections of one listener share. */
export interface DrainState {
  /** The bridge drains: connections close after their answers. */
  readonly isDraining: boolean
}

/** An exchange as its connection sees it. */
export interface OnConnection {
  /** The answer's head was sent. */
  readonly isAnswering: boolean
  /** The connection closed. */
  lost(): void
  /** Called once a second. Detects that the client has left while its upload is held back. */
  lookForLeaving(now: number): void
  /** A callback threw. */
  crashed(cause: unknown): void
}

/** Browsers do not pipeline. A few pipelined calls are accepted. */
const maxPipelined = 16

/**
 * After an early answer up to this many bytes of the upload are read and dropped, so that the answer arrives and the connection
 * can serve the next call. Browsers read an answer only after they have sent everything: with a lower limit a page would not see
 * why its message was refused.
 */
export const maxDroppedBytes: number = 32 * 1_048_576

/** State of the connection's input. */
type Intake =
  | { readonly kind: "requests" }
  /** An answer has announced that it is the last: further pipelined requests are not executed. */
  | { readonly kind: "nothing" }
  /** A raw refusal owns the socket. */
  | { readonly kind: "refused" }

/** One HTTP/1.1 connection. It holds the state that its exchanges share, since a client may pipeline several requests. */
export class Http1Connection implements ConnectionProtocol {
  readonly peer: Peer
  readonly #socket: Socket
  readonly #drainState: DrainState
  readonly #observer: Observer
  readonly #open = new Set<OnConnection>()
  #intake: Intake = { kind: "requests" }
  #ignored = 0
  /** Bounds the rest of an upload that was already answered. */
  #drop: DropWatch | null = null

  constructor(socket: Socket, peer: Peer, drainState: DrainState, observer: Observer) {
    this.peer = peer
    this.#socket = socket
    this.#drainState = drainState
    this.#observer = observer
    socket.on("error", ignoreError)
    // Node 22 informs only the first of several pipelined responses that the connection has closed. Node 24 informs all.
    socket.once("close", () => this.#closed())
    // node:http (22–26) calls this when the last answer was sent, even if the client still sends.
    socket.destroySoon = () => this.#lastAnswerLeft()
  }

  /** An answer has announced that it is the last: further pipelined requests are not executed. */
  get isClosing(): boolean {
    return this.#intake.kind !== "requests"
  }

  /** More open calls than an honest client pipelines. `--max-concurrent-streams` applies to HTTP/2 only. */
  get isFull(): boolean {
    return this.#open.size >= maxPipelined
  }

  get hasCalls(): boolean {
    return this.#open.size > 0
  }

  began(exchange: OnConnection): void {
    this.#open.add(exchange)
  }

  ended(exchange: OnConnection): void {
    this.#open.delete(exchange)
  }

  /** True if the connection closes after the answer with this head. During a drain pipelined calls finish first. */
  closesAfter(head: ResponseHead): boolean {
    if (head.closes === true || (this.#drainState.isDraining && this.#open.size === 1)) this.takeNoMore()
    return this.isClosing
  }

  /** From now on pipelined requests are not executed. */
  takeNoMore(): void {
    if (this.#intake.kind === "requests") this.#intake = { kind: "nothing" }
  }

  /** Reads and drops the rest of this request, within bounds. Its answer was sent already, or there will be none. */
  dropUpload(request: IncomingMessage, maxBytes: number = maxDroppedBytes): void {
    this.#drop ??= new DropWatch(maxBytes, () => this.#socket.destroy())
    request.resume()
  }

  /** Counts a dropped piece of an upload. */
  dropped(bytes: number): void {
    this.#drop?.dropped(bytes)
  }

  /** The dropped upload has ended. */
  uploaded(): void {
    if (this.isClosing) return // more may come, until the socket is closed
    this.#drop?.stop()
    this.#drop = null
  }

  /** Cuts the connection of a client with more open calls than `isFull` allows. */
  cutFull(): void {
    this.#observer.connectionFailed("pipelined", this.peer.address, `More than ${maxPipelined} requests were pipelined`)
    this.#socket.destroy()
  }

  /** Drops a request after the last answer. Node keeps an object for each while earlier answers are on their way, so few are taken. */
  ignore(request: IncomingMessage): void {
    if (++this.#ignored > maxPipelined) {
      this.cutFull()
      return
    }
    this.dropUpload(request)
    request.on("data", (chunk: Uint8Array) => this.dropped(chunk.length))
  }

  /** Refuses a request for which node:http offers no response, or which may not have one. */
  refuse(refusal: RequestRefusal): void {
    this.#refuse(refusal, this.#open.size > 0) // the client would take the refusal for the answer to an earlier request
  }

  /** node:http could not parse the request, or the head came too slowly. */
  refuseUnreadable(error: NodeJS.ErrnoException): void {
    if (this.#intake.kind === "refused") return
    if (error.code === "ECONNRESET") this.#socket.destroy()
    else this.#refuse(unreadableRefusal(error), this.#isAnswering)
  }

  // node:http closes idle connections itself when its server closes. But it takes a connection that never sent a byte for a busy
  // one.
  drain(): void {
    if (!this.hasCalls && this.#socket.bytesRead === 0) this.#socket.destroy()
  }

  /** node:http closes idle connections. A connection with a call is checked for a client that has left. */
  closeIfIdle(now: number): void {
    for (const exchange of this.#open) {
      try {
        exchange.lookForLeaving(now)
      } catch (cause) {
        exchange.crashed(cause)
      }
    }
  }

  closeDrained(): void {
    if (this.isClosing || this.#drop !== null) this.#socket.destroy()
    else this.#refuse(slowHeadRefusal, false)
  }

  #refuse(refusal: RequestRefusal, isAnswering: boolean): void {
    this.#observer.connectionFailed(refusal.reason, this.peer.address, refusal.text)
    this.#intake = { kind: "refused" }
    refuseRaw(this.#socket, refusal, isAnswering)
  }

  /** An answer has begun: other bytes written now would be taken for a part of it. */
  get #isAnswering(): boolean {
    for (const exchange of this.#open) if (exchange.isAnswering) return true
    return false
  }

  /** RFC 9112 §9.6: closes this side, and reads on until the client closes its own. */
  #lastAnswerLeft(): void {
    const drop = this.#drop
    if (drop === null) {
      Socket.prototype.destroySoon.call(this.#socket)
      return
    }
    this.takeNoMore()
    dropRest(this.#socket, drop)
    this.#socket.end()
  }

  #closed(): void {
    this.#drop?.stop()
    for (const exchange of this.#open) exchange.lost()
  }
}
