import type { IncomingMessage } from "node:http"
import { Socket } from "node:net"
import { ignoreError } from "../core/guard.ts"
import type { Peer, ResponseHead } from "../core/exchange.ts"
import type { Observer } from "../core/observer.ts"
import { DropWatch } from "./drop-watch.ts"
import type { Speaker } from "./owned-connection.ts"
import type { RequestRefusal } from "./raw-refusal.ts"
import { dropRest, refuseRaw, slowHeadRefusal, unreadableRefusal } from "./raw-refusal.ts"

/** What the connections of one listener share. */
export interface DrainState {
  /** No further calls are wanted: connections close after their answers. */
  readonly isDraining: boolean
}

/** An exchange as its connection sees it. */
export interface OnConnection {
  /** The answer's head has left. */
  readonly isAnswering: boolean
  /** The connection closed. */
  lost(): void
  /** Called once a second: notices that the client has left, where its upload is held back. */
  lookForLeaving(now: number): void
  /** A callback threw. */
  crashed(cause: unknown): void
}

/** No browser pipelines; a few calls are tolerated. */
const maxPipelined = 16

/**
 * After an early answer this much more of the upload is read and dropped, so that the answer arrives and the connection serves
 * the next call. Browsers read an answer only when all is sent: less would hide from a page why its message was refused.
 */
export const maxDroppedBytes: number = 32 * 1_048_576

/** What is still taken from a connection. */
type Intake =
  | { readonly kind: "requests" }
  /** An answer has said that it is the last: what the client pipelines behind it is not executed. */
  | { readonly kind: "nothing" }
  /** A raw refusal owns the socket. */
  | { readonly kind: "refused" }

/** One HTTP/1.1 connection: what its exchanges have to know of each other, since a client may pipeline several. */
export class Http1Connection implements Speaker {
  readonly peer: Peer
  readonly #socket: Socket
  readonly #drainState: DrainState
  readonly #observer: Observer
  readonly #open = new Set<OnConnection>()
  #intake: Intake = { kind: "requests" }
  /** Bounds the rest of an upload whose answer has come. */
  #drop: DropWatch | null = null

  constructor(socket: Socket, peer: Peer, drainState: DrainState, observer: Observer) {
    this.peer = peer
    this.#socket = socket
    this.#drainState = drainState
    this.#observer = observer
    socket.on("error", ignoreError)
    // Node 22 tells only the first of pipelined responses that its connection closed; Node 24 tells all.
    socket.once("close", () => this.#closed())
    // node:http (22–26) calls this when the last answer has left, whether or not the client still sends.
    socket.destroySoon = () => this.#lastAnswerLeft()
  }

  /** An answer has said that it is the last: what the client has pipelined behind it is not to be executed. */
  get isClosing(): boolean {
    return this.#intake.kind !== "requests"
  }

  /** More calls than a client that pipelines in good faith has open: `--max-concurrent-streams` binds HTTP/2 alone. */
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

  /** Whether the connection closes after the answer with this head. A drain lets pipelined calls finish first. */
  closesAfter(head: ResponseHead): boolean {
    if (head.closes === true || (this.#drainState.isDraining && this.#open.size === 1)) this.takeNoMore()
    return this.isClosing
  }

  /** What the client pipelines from now on is not executed. */
  takeNoMore(): void {
    if (this.#intake.kind === "requests") this.#intake = { kind: "nothing" }
  }

  /** The rest of this request is read and dropped within bounds: its answer has come already, or there will be none. */
  dropUpload(request: IncomingMessage, maxBytes: number = maxDroppedBytes): void {
    this.#drop ??= new DropWatch(maxBytes, () => this.#socket.destroy())
    request.resume()
  }

  /** A piece of an upload was dropped. */
  dropped(bytes: number): void {
    this.#drop?.dropped(bytes)
  }

  /** The upload that is dropped has ended. */
  uploaded(): void {
    if (this.isClosing) return // more may come, until the socket is closed
    this.#drop?.stop()
    this.#drop = null
  }

  /** Cuts the connection of a client that has more calls open than `isFull` allows. */
  cutFull(): void {
    this.#observer.connectionFailed("pipelined", this.peer.address, `More than ${maxPipelined} requests were pipelined`)
    this.#socket.destroy()
  }

  /** A request behind the last answer. */
  ignore(request: IncomingMessage): void {
    this.dropUpload(request)
    request.on("data", (chunk: Uint8Array) => this.dropped(chunk.length))
  }

  /** Refuses a request that node:http hands over without an answer to write, or that cannot have one. */
  refuse(refusal: RequestRefusal): void {
    this.#refuse(refusal, this.#open.size > 0) // the words would be taken for the answer to an earlier request
  }

  /** node:http could not read on, or the head's time is over. */
  refuseUnreadable(error: NodeJS.ErrnoException): void {
    if (this.#intake.kind === "refused") return
    if (error.code === "ECONNRESET") this.#socket.destroy()
    else this.#refuse(unreadableRefusal(error), this.#isAnswering)
  }

  // Idle connections are closed by node:http itself, when its server closes; it takes a silent one for one that is busy.
  drain(): void {
    if (!this.hasCalls && this.#socket.bytesRead === 0) this.#socket.destroy()
  }

  /** node:http closes idle connections; one with a call is looked at for a client that has left. */
  closeIfIdle(now: number): void {
    for (const exchange of this.#open) {
      try {
        exchange.lookForLeaving(now)
      } catch (cause) {
        exchange.crashed(cause)
      }
    }
  }

  giveUp(): void {
    if (this.isClosing || this.#drop !== null) this.#socket.destroy()
    else this.#refuse(slowHeadRefusal, false)
  }

  #refuse(refusal: RequestRefusal, isAnswering: boolean): void {
    this.#observer.connectionFailed(refusal.reason, this.peer.address, refusal.text)
    this.#intake = { kind: "refused" }
    refuseRaw(this.#socket, refusal, isAnswering)
  }

  /** An answer is on its way: other bytes written now would be taken for a part of it. */
  get #isAnswering(): boolean {
    for (const exchange of this.#open) if (exchange.isAnswering) return true
    return false
  }

  /** RFC 9112 §9.6: closes this side, and reads on until the client has closed its own. */
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
