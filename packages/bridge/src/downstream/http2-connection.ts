import type { ServerHttp2Session } from "node:http2"
import { ignoreError } from "../core/guard.ts"
import type { Peer } from "../core/exchange.ts"
import type { Speaker } from "./owned-connection.ts"

/** How long a connection may be without a stream. */
export interface IdleLimits {
  readonly headTimeoutMs: number
  readonly keepAliveTimeoutMs: number
}

/** One HTTP/2 connection of a client: how many streams it has, since when it has none, and its farewell. */
export class Http2Connection implements Speaker {
  readonly peer: Peer
  readonly #session: ServerHttp2Session
  readonly #limits: IdleLimits
  #streams = 0
  #hasServed = false
  #idleSince: number

  constructor(session: ServerHttp2Session, peer: Peer, limits: IdleLimits) {
    this.peer = peer
    this.#session = session
    this.#limits = limits
    this.#idleSince = performance.now()
    session.on("error", ignoreError)
  }

  get hasCalls(): boolean {
    return this.#streams > 0
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
  closeIfIdle(now: number): void {
    if (this.#streams > 0) return
    const { headTimeoutMs, keepAliveTimeoutMs } = this.#limits
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

  giveUp(): void {
    this.#session.destroy()
  }
}
