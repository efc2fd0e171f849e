import type { Socket } from "node:net"

/** A connection's protocol as its owner sees it: undecided bytes, a TLS handshake, HTTP/1.1, HTTP/2, a refusal. */
export interface Speaker {
  /** Requests are in progress. */
  readonly hasCalls: boolean
  /** Takes no new call. Closes at once where nothing has begun; what has begun is given a moment by the owner. */
  drain(): void
  /** Closes the connection if it has been without a call, or without a client, for too long. Called once a second. */
  closeIfIdle(now: number): void
  /** Ends the connection, which has drained for long enough without a call. Called again later if it is still open. */
  giveUp(): void
}

/** How long a connection without a call may go on once it drains: for a head on its way, a handshake, an answer being read. */
const lastMomentMs = 1_000

/** One connection of a client from accept to close, whatever it speaks. */
export class OwnedConnection {
  readonly socket: Socket
  /** The name under which its address is counted. */
  readonly share: string
  #speaker: Speaker
  #state: { readonly kind: "open" } | { readonly kind: "draining"; emptySince: number | null } = { kind: "open" }

  constructor(socket: Socket, share: string) {
    this.socket = socket
    this.share = share
    this.#speaker = new Silent(socket)
  }

  /** From now on the connection speaks this. While it drains, a new protocol is told at once. */
  speak(speaker: Speaker): void {
    this.#speaker = speaker
    if (this.#state.kind === "draining") speaker.drain()
  }

  drain(): void {
    if (this.#state.kind === "draining") return
    this.#state = { kind: "draining", emptySince: null }
    this.#speaker.drain()
  }

  sweep(now: number): void {
    const state = this.#state
    if (state.kind === "open") this.#speaker.closeIfIdle(now)
    else if (this.#speaker.hasCalls) {
      state.emptySince = null
      this.#speaker.closeIfIdle(now)
    } else {
      state.emptySince ??= now
      if (now - state.emptySince < lastMomentMs) return
      state.emptySince = now // for its last words, if it has any, as long again
      this.#speaker.giveUp()
    }
  }

  destroy(): void {
    this.socket.destroy()
  }
}

/** A connection on which nothing that could be lost has been said. */
class Silent implements Speaker {
  readonly hasCalls = false
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
  }

  drain(): void {
    this.#socket.destroy()
  }

  closeIfIdle(): void {}

  giveUp(): void {
    this.#socket.destroy()
  }
}

/** A connection that ends by a timer of its own, unless the owner is in a hurry: a TLS handshake, or a refusal being read. */
export class Passing implements Speaker {
  readonly hasCalls = false
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
  }

  drain(): void {}

  closeIfIdle(): void {}

  giveUp(): void {
    this.#socket.destroy()
  }
}
