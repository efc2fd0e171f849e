import type { ServerHttp2Session } from "node:http2"
import type { Peer } from "../core/exchange.ts"

/** GOAWAY and its round trip take no longer with a client that is there. */
const maxGoawayMs = 1_000

/** One HTTP/2 connection of a client: how many streams it has, since when it has none, and its farewell. */
export class Http2Connection {
  readonly peer: Peer
  readonly #session: ServerHttp2Session
  #streams = 0
  #hasServed = false
  #idleSince: number

  constructor(session: ServerHttp2Session, peer: Peer, now: number) {
    this.peer = peer
    this.#session = session
    this.#idleSince = now
  }

  streamBegan(): void {
    this.#streams++
    this.#hasServed = true
  }

  streamEnded(): void {
    this.#streams--
    if (this.#streams === 0) this.#idleSince = performance.now()
  }

  /**
   * Closes the connection if it has been idle for too long: node:http2 has no such limit. One that has opened no stream yet is
   * given as long as a request head is, since that may be what it sends byte by byte.
   */
  closeIfIdle(now: number, headTimeoutMs: number, keepAliveTimeoutMs: number): void {
    if (this.#streams > 0) return
    if (now - this.#idleSince < (this.#hasServed ? keepAliveTimeoutMs : headTimeoutMs)) return
    if (this.#session.closed) this.#session.destroy() // a head that never ends keeps it open
    else this.#session.close()
  }

  /** RFC 9113 §6.8: the first GOAWAY names no stream, so that calls on their way still count; after a round trip, the real one. */
  drain(): void {
    const session = this.#session
    if (session.destroyed || session.closed) return
    session.goaway(0, 2 ** 31 - 1)
    const close = (): void => {
      clearTimeout(timer)
      if (!session.destroyed) session.close()
    }
    const timer = setTimeout(close, maxGoawayMs)
    session.ping(close)
    session.once("close", () => clearTimeout(timer))
  }
}
