import type { ServerHttp2Session } from "node:http2"
import type { Peer } from "../core/exchange.ts"
import type { ConnectionFailure, Observer } from "../core/observer.ts"
import type { Speaker } from "./owned-connection.ts"

/** How long a connection may be without a stream. */
export interface IdleLimits {
  readonly headTimeoutMs: number
  readonly keepAliveTimeoutMs: number
}

/**
 * What a client may have sent, over all its uploads, before the bridge has read it (HTTP/2's default: 64 KiB, which one upload's
 * stream alone may fill). It is throughput, not memory: node:http2 gives this window back as bytes arrive, and what waits for a
 * backend that does not read is bounded by each stream's own window. So 1 MiB, as Envoy's advice for edges is: 16 uploads at their
 * full windows, or 80 Mbit/s at a round trip of 100 ms.
 */
const connectionWindowBytes = 1_048_576

/** One HTTP/2 connection of a client: how many streams it has, since when it has none, and its farewell. */
export class Http2Connection implements Speaker {
  readonly peer: Peer
  readonly #session: ServerHttp2Session
  readonly #limits: IdleLimits
  #streams = 0
  #hasServed = false
  #idleSince: number

  constructor(session: ServerHttp2Session, peer: Peer, limits: IdleLimits, observer: Observer) {
    this.peer = peer
    this.#session = session
    this.#limits = limits
    this.#idleSince = performance.now()
    session.setLocalWindowSize(connectionWindowBytes)
    session.on("error", (cause: NodeJS.ErrnoException) => {
      const reason = failureOf(cause)
      if (reason !== null) observer.connectionFailed(reason, peer.address, cause.message)
    })
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

/** Errors of nghttp2 by which a connection is ended for what its client sends too much of: NGHTTP2_ERR_FLOODED, NGHTTP2_ERR_TOO_MANY_CONTINUATIONS. */
const floods: ReadonlySet<number | undefined> = new Set([-904, -905])

/** What an error of a session means to the operator; null: the connection was lost, which is nobody's failure. */
function failureOf({ code, errno }: NodeJS.ErrnoException): ConnectionFailure | null {
  if (code === "ERR_HTTP2_TOO_MANY_INVALID_FRAMES" || (code === "ERR_HTTP2_ERROR" && floods.has(errno))) {
    return "http2-flood"
  }
  if (code === "ERR_HTTP2_SESSION_ERROR") return "goaway" // the client has ended it, with an error code
  return code?.startsWith("ERR_HTTP2") === true ? "http2-error" : null
}
