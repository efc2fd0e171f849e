import type { ServerHttp2Session } from "node:http2"
import type { Socket } from "node:net"
import type { Peer } from "../core/exchange.ts"
import type { ConnectionFailure, Observer } from "../core/observer.ts"
import type { StallClock, StallEnd } from "../core/stall-clock.ts"
import type { ConnectionProtocol } from "./owned-connection.ts"
import type { UnsentAnswers } from "./unread-answers.ts"
import { UnreadAnswers } from "./unread-answers.ts"

/** What the HTTP/2 connections of one listener share. */
export interface Http2ConnectionOptions {
  /** How long a connection may be without a stream: before its first, and after. */
  readonly headTimeoutMs: number
  readonly keepAliveTimeoutMs: number
  readonly stalls: StallClock
  readonly observer: Observer
}

/**
 * HTTP/2 receive window for all uploads of one connection together. HTTP/2's default is 64 KiB, which one stream may fill alone.
 * The window sets throughput, not memory: node:http2 gives it back as bytes arrive, and each stream's own window bounds the data
 * that waits for a slow backend. 1 MiB as in Envoy's advice for edges: 16 uploads with full windows, or 80 Mbit/s at a round trip
 * of 100 ms.
 */
const connectionWindowBytes = 1_048_576

/** One HTTP/2 connection of a client: counts its streams, and closes it when idle or drained. */
export class Http2Connection implements ConnectionProtocol {
  readonly peer: Peer
  readonly #socket: Socket
  readonly #session: ServerHttp2Session
  readonly #options: Http2ConnectionOptions
  readonly #unread: UnreadAnswers
  #streams = 0
  #hasServed = false
  #idleSince: number

  constructor(socket: Socket, session: ServerHttp2Session, peer: Peer, options: Http2ConnectionOptions) {
    this.peer = peer
    this.#socket = socket
    this.#session = session
    this.#options = options
    this.#unread = new UnreadAnswers(new SessionAnswers(socket, session), options.stalls, (why) => this.#unreadFor(why))
    this.#idleSince = performance.now()
    session.setLocalWindowSize(connectionWindowBytes)
    session.on("error", (cause: NodeJS.ErrnoException) => {
      const reason = failureOf(cause)
      if (reason !== null) options.observer.connectionFailed(reason, peer.address, cause.message)
    })
    socket.once("close", () => this.#unread.stop())
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

  /** The head of an answer, or trailers, of this size were written. */
  wroteHead(bytes: number): void {
    this.#unread.wroteHead(bytes)
  }

  /**
   * Closes the connection if it was idle for too long; node:http2 has no such limit. Before the first stream the limit is that of
   * a request head, since a head may be arriving byte by byte. A connection whose client still reads answers is not idle.
   */
  closeIfIdle(now: number): void {
    if (this.#unread.look()) this.#idleSince = now
    if (this.#streams > 0) return
    const { headTimeoutMs, keepAliveTimeoutMs } = this.#options
    if (now - this.#idleSince < (this.#hasServed ? keepAliveTimeoutMs : headTimeoutMs)) return
    if (this.#session.closed) this.#cut() // a head that never ends keeps the session open, or a client that reads nothing
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

  closeDrained(): void {
    if (!this.#unread.look()) this.#cut()
  }

  /** Node's session waits for its last bytes to leave (Node 22–26): for ever, if the client does not read them. */
  #cut(): void {
    this.#session.destroy()
    this.#socket.destroy()
  }

  #unreadFor(why: StallEnd): void {
    this.#options.observer.connectionFailed("unread", this.peer.address, unreadWords(why))
    this.#cut()
  }
}

/** The reason for which a connection is ended whose client reads nothing. */
export function unreadWords(why: StallEnd): string {
  return why === "too-much"
    ? "The client reads none of its answers, and the bridge holds as many bytes as it may (--max-buffered-bytes)"
    : "The client has read none of its answers for --stall-timeout"
}

/** The used parts of node:net's socket. Its handle counts the bytes that node:http2 writes past the socket's queue (Node 22–26). */
type Writer = Pick<Socket, "bytesWritten"> & { readonly _handle?: { readonly writeQueueSize: number } | null }

/** What a session of node:http2 holds. */
class SessionAnswers implements UnsentAnswers {
  readonly #socket: Writer
  readonly #session: ServerHttp2Session

  constructor(socket: Socket, session: ServerHttp2Session) {
    this.#socket = socket
    this.#session = session
  }

  get leftBytes(): number {
    return this.#socket.bytesWritten - this.unsentBytes
  }

  get unsentBytes(): number {
    return this.#socket._handle?.writeQueueSize ?? 0
  }

  get unsentHeads(): number {
    return this.#session.destroyed ? 0 : (this.#session.state.outboundQueueSize ?? 0)
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
