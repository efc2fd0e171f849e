import type { Socket } from "node:net"

/**
 * The protocol of a connection, as the connection's owner sees it: undecided bytes, a TLS handshake, HTTP/1.1, HTTP/2, a refusal.
 */
export interface ConnectionProtocol {
  /** Requests are in progress. */
  readonly hasCalls: boolean
  /** Accepts no new call. Closes at once if nothing has begun; otherwise the owner allows a short time. */
  drain(): void
  /** Closes the connection if it was too long without a call, or without a client. Called once a second. */
  closeIfIdle(now: number): void
  /** Ends a connection that has drained long enough without a call. Called again later if it is still open. */
  closeDrained(): void
}

/**
 * While draining, how long a connection without a call may stay open: for a head on its way, a handshake, an answer being read.
 */
const maxDrainIdleMs = 1_000

/** One connection of a client from accept to close, whatever its protocol. */
export class OwnedConnection {
  readonly socket: Socket
  /** The key under which its address is counted. "": not counted. */
  readonly share: string
  #protocol: ConnectionProtocol
  #state: { readonly kind: "open" } | { readonly kind: "draining"; emptySince: number | null } = { kind: "open" }

  constructor(socket: Socket, share: string) {
    this.socket = socket
    this.share = share
    this.#protocol = new Undecided(socket)
  }

  /** Sets the connection's protocol. During a drain the new protocol is drained at once. */
  become(protocol: ConnectionProtocol): void {
    this.#protocol = protocol
    if (this.#state.kind === "draining") protocol.drain()
  }

  drain(): void {
    if (this.#state.kind === "draining") return
    this.#state = { kind: "draining", emptySince: null }
    this.#protocol.drain()
  }

  sweep(now: number): void {
    const state = this.#state
    if (state.kind === "open") this.#protocol.closeIfIdle(now)
    else if (this.#protocol.hasCalls) {
      state.emptySince = null
      this.#protocol.closeIfIdle(now)
    } else {
      state.emptySince ??= now
      if (now - state.emptySince < maxDrainIdleMs) return
      state.emptySince = now // the same time again, for the last bytes that `closeDrained` may write
      this.#protocol.closeDrained()
    }
  }

  destroy(): void {
    this.socket.destroy()
  }
}

/** A connection on which no protocol was recognised, so that closing it loses nothing. */
class Undecided implements ConnectionProtocol {
  readonly hasCalls = false
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
  }

  drain(): void {
    this.#socket.destroy()
  }

  closeIfIdle(): void {}

  closeDrained(): void {
    this.#socket.destroy()
  }
}

/** A connection that ends by its own timer, unless `closeDrained` comes first: in a TLS handshake, or while its refusal is read. */
export class SelfEnding implements ConnectionProtocol {
  readonly hasCalls = false
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
  }

  drain(): void {}

  closeIfIdle(): void {}

  closeDrained(): void {
    this.#socket.destroy()
  }
}
