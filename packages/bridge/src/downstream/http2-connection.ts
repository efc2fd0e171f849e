import type { ServerHttp2Session } from "node:http2"
import type { Peer } from "../core/exchange.ts"
import type { ConnectionFailure, Observer } from "../core/observer.ts"
import type { Speaker } from "./owned-connection.ts"

/** How long a connection may stay without a stream. */
export interface IdleLimits {
  readonly headTimeoutMs: number
  readonly keepAliveTimeoutMs: number
}

/**
 * HTTP/2 receive window for all uploads of one connection together. HTTP/2's default is 64 KiB, which one stream may fill alone.
 * The window sets throughput, not memory: node:http2 gives it back as bytes arrive, and each stream's own window bounds the data
 * that waits for a slow backend. 1 MiB as in Envoy's advice for edges: 16 uploads with full windows, or 80 Mbit/s at a round trip
 * of 100 ms.
 */
const connectionWindowBytes = 1_048_576

/** One HTTP/2 connection of a client: counts its streams, and closes it when idle or drained. */
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
   * Closes the connection if it was idle for too long; node:http2 has no such limit. Before the first stream the limit is that of
   * a request head, since a head may be arriving byte by byte.
   */
  closeIfIdle(now: number): void {
    if (this.#streams > 0) return
    const { headTimeoutMs, keepAliveTimeoutMs } = this.#limits
    if (now - this.#idleSince < (this.#hasServed ? keepAliveTimeoutMs : headTimeoutMs)) return
    if (this.#session.closed) this.#session.destroy() // a head that never ends keeps the session open
    else this.#session.close()
  }

  /**
   * Sends GOAWAY with the last accepted stream, and closes when the open streams have finished. A later stream was not processed,
   * and its client may repeat it (RFC 9113 §6.8). No first GOAWAY with 2^31-1, which the RFC recommends: after any GOAWAY
   * node:http2 (22–26) drops every new stream silently, and reads no PING answer once no stream is open.
   */
  drain(): void {
    if (!this.#session.closed) this.#session.close()
  }

  giveUp(): void {
    this.#session.destroy()
  }
}

/** nghttp2's errors for a client that sends too much: NGHTTP2_ERR_FLOODED, NGHTTP2_ERR_TOO_MANY_CONTINUATIONS. */
const floods: ReadonlySet<number | undefined> = new Set([-904, -905])

/** The reason of a session error for the operator. Null: the connection was only lost, which is not a failure. */
function failureOf({ code, errno }: NodeJS.ErrnoException): ConnectionFailure | null {
  if (code === "ERR_HTTP2_TOO_MANY_INVALID_FRAMES" || (code === "ERR_HTTP2_ERROR" && floods.has(errno))) {
    return "http2-flood"
  }
  if (code === "ERR_HTTP2_SESSION_ERROR") return "goaway" // the client has ended it, with an error code
  return code?.startsWith("ERR_HTTP2") === true ? "http2-error" : null
}
