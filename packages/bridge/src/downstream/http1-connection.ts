import type { Socket } from "node:net"
import type { Peer, ResponseHead } from "../core/exchange.ts"

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
}

/** No browser pipelines; a few calls are tolerated. */
const maxPipelined = 16

/** One HTTP/1.1 connection: what its exchanges have to know of each other, since a client may pipeline several. */
export class Http1Connection {
  readonly peer: Peer
  readonly #drainState: DrainState
  readonly #open = new Set<OnConnection>()
  #isClosing = false

  constructor(socket: Socket, peer: Peer, drainState: DrainState) {
    this.peer = peer
    this.#drainState = drainState
    // Node 22 tells only the first of pipelined responses that its connection closed; Node 24 tells all.
    socket.once("close", () => {
      for (const exchange of this.#open) exchange.lost()
    })
  }

  /** An answer has said that it is the last: what the client has pipelined behind it is not to be executed. */
  get isClosing(): boolean {
    return this.#isClosing
  }

  /** More calls than a client that pipelines in good faith has open: `--max-concurrent-streams` binds HTTP/2 alone. */
  get isFull(): boolean {
    return this.#open.size >= maxPipelined
  }

  /** An answer is on its way: other bytes written now would be taken for a part of it. */
  get isAnswering(): boolean {
    for (const exchange of this.#open) if (exchange.isAnswering) return true
    return false
  }

  began(exchange: OnConnection): void {
    this.#open.add(exchange)
  }

  ended(exchange: OnConnection): void {
    this.#open.delete(exchange)
  }

  /** Whether the connection closes after the answer with this head. A drain lets pipelined calls finish first. */
  closesAfter(head: ResponseHead): boolean {
    if (head.closes === true || (this.#drainState.isDraining && this.#open.size === 1)) this.#isClosing = true
    return this.#isClosing
  }
}
