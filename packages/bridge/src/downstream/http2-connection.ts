import type { ServerHttp2Session } from "node:http2"
import type { Peer } from "../core/exchange.ts"

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

  /**
   * Says GOAWAY with the last stream that was taken, and closes when the open ones have finished: a stream that comes later was
   * not processed, and its client may repeat it (RFC 9113 §6.8). Not with 2^31-1 first, as the RFC would have it: node:http2
   * (22–26) drops every new stream without a word after any GOAWAY, and reads no PING's answer once no stream is open.
   */
  drain(): void {
    if (!this.#session.closed) this.#session.close()
  }
}
