import { createServer as createHttpServer } from "node:http"
import type { Server as HttpServer, ServerOptions as HttpOptions } from "node:http"
import { createServer as createHttp2Server } from "node:http2"
import type { Http2Server } from "node:http2"
import { Server as HttpsServer, createServer as createHttpsServer } from "node:https"
import type { AddressInfo, Socket } from "node:net"
import type { Duplex } from "node:stream"
import type { TLSSocket } from "node:tls"
import type { Exchange, Peer } from "../core/exchange.ts"
import { ignoreError } from "../core/guard.ts"
import type { Observer } from "../core/observer.ts"
import { answerUnreadable } from "./answer-unreadable.ts"
import { Http1Connection } from "./http1-connection.ts"
import { Http1Exchange } from "./http1.ts"
import { Http2Connection } from "./http2-connection.ts"
import { Http2Exchange } from "./http2.ts"
import { sniff } from "./sniff.ts"

/** Where and how to listen. */
export interface ListenerOptions {
  readonly host: string
  /** 0 picks a free port. */
  readonly port: number
  /** PEM; null: plain text. */
  readonly tls: { readonly cert: string; readonly key: string } | null
  readonly headTimeoutMs: number
  readonly keepAliveTimeoutMs: number
  readonly maxHeadBytes: number
  readonly maxConnections: number
  /** Per HTTP/2 connection. */
  readonly maxConcurrentStreams: number
  readonly serve: (exchange: Exchange) => void
  readonly observer: Observer
}

/** An open port. */
export interface Listener {
  /** `http://host:port` or `https://host:port`. */
  readonly address: string
  /** Open connections. */
  readonly connections: number
  /**
   * New TLS connections are shown this certificate; open ones keep theirs.
   * @throws {Error} when the two are no PEM or do not match: the old certificate serves on
   */
  renewCertificate(tls: { readonly cert: string; readonly key: string }): void
  /** Takes no new connection and no new call; resolves when the last connection has closed. */
  drain(): Promise<void>
  /** Cuts what is still open. */
  destroy(): void
}

/** Resets that a client may ask for, in a burst and per second, before its connection is closed (CVE-2023-44487). */
const resetBurst = 600
const resetsPerSecond = 100

const http2Options = {
  streamResetBurst: resetBurst,
  streamResetRate: resetsPerSecond,
  maxSessionInvalidFrames: 100,
  strictSingleValueFields: false, // a doubled field is answered by us, with words
}

/** An idle connection's first TCP probe. */
const idleProbeMs = 60_000

/** How often idle HTTP/2 connections are looked for. */
const sweepMs = 1_000

const tlsOptions = { ALPNProtocols: ["h2", "http/1.1"], minVersion: "TLSv1.2" } as const

/** Opens the port: HTTP/1.1 and HTTP/2 on one, by their first bytes in plain text, by ALPN over TLS. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const front = new OpenPort(options)
  await front.listen()
  return front
}

/**
 * The listening server is node's HTTP/1.1 server itself, its `connection` listener replaced: it watches heads and idle
 * connections only where it accepted the connection itself (Node 22–26).
 */
class OpenPort implements Listener {
  isDraining = false
  readonly #options: ListenerOptions
  readonly #http1: HttpServer
  readonly #http2: Http2Server
  readonly #takeHttp1: (socket: Socket) => void
  readonly #sockets = new Set<Socket>()
  readonly #sessions = new Set<Http2Connection>()
  /** Connections whose first bytes have not told yet what they speak. */
  readonly #undecided = new Set<Socket>()
  #sweepTimer: NodeJS.Timeout | null = null

  constructor(options: ListenerOptions) {
    this.#options = options
    const { tls } = options
    const http1Options: HttpOptions = {
      headersTimeout: options.headTimeoutMs,
      requestTimeout: 0, // uploads of a stream may last; one that stops inside a message is ended by the stall clock
      connectionsCheckingInterval: Math.min(1_000, options.headTimeoutMs),
      keepAliveTimeout: options.keepAliveTimeoutMs,
      maxHeaderSize: options.maxHeadBytes * 2, // the limit itself is kept by `serve`, which can answer with CORS
      requireHostHeader: true,
      keepAlive: true, // TCP finds out that a client has gone without a word
      keepAliveInitialDelay: idleProbeMs,
    }
    this.#http1 =
      tls === null
        ? createHttpServer(http1Options)
        : createHttpsServer({ ...http1Options, ...tls, ...tlsOptions, handshakeTimeout: options.headTimeoutMs })
    this.#http2 = createHttp2Server({
      ...http2Options,
      settings: { maxConcurrentStreams: options.maxConcurrentStreams },
    })
    const ready = tls === null ? "connection" : "secureConnection"
    const [takeHttp1] = this.#http1.listeners(ready)
    this.#http1.off(ready, takeHttp1 as () => void)
    this.#takeHttp1 = takeHttp1 as (socket: Socket) => void
    this.#http1.prependListener("connection", (socket: Socket) => this.#track(socket))
    if (tls === null) this.#http1.on("connection", (socket: Socket) => this.#sniff(socket))
    else this.#http1.on("secureConnection", (socket: TLSSocket) => this.#hand(socket, socket.alpnProtocol === "h2"))
    this.#serveHttp1()
    this.#serveHttp2()
  }

  get address(): string {
    const { address, family, port } = this.#http1.address() as AddressInfo
    return `${this.#options.tls === null ? "http" : "https"}://${family === "IPv6" ? `[${address}]` : address}:${port}`
  }

  get connections(): number {
    return this.#sockets.size
  }

  renewCertificate(tls: { readonly cert: string; readonly key: string }): void {
    if (this.#http1 instanceof HttpsServer) this.#http1.setSecureContext({ ...tls, ...tlsOptions })
  }

  listen(): Promise<void> {
    const { host, port } = this.#options
    return new Promise((resolve, reject) => {
      this.#http1.once("error", reject)
      this.#http1.listen(port, host, () => {
        this.#http1.off("error", reject)
        this.#http1.on("error", (cause) => this.#options.observer.crashed("listener", cause, null))
        resolve()
      })
    })
  }

  #track(socket: Socket): void {
    const { observer, maxConnections } = this.#options
    socket.on("error", ignoreError)
    if (this.isDraining || this.#sockets.size >= maxConnections) {
      observer.connectionRefused()
      socket.destroy()
      return
    }
    this.#sockets.add(socket)
    observer.connectionOpened()
    socket.once("close", () => {
      this.#sockets.delete(socket)
      observer.connectionClosed()
    })
  }

  #sniff(socket: Socket): void {
    if (socket.destroyed) return
    this.#undecided.add(socket)
    const forget = (): boolean => this.#undecided.delete(socket)
    socket.once("close", forget)
    sniff(socket, this.#options.headTimeoutMs, (isHttp2) => {
      forget()
      socket.off("close", forget)
      this.#hand(socket, isHttp2)
    })
  }

  #hand(socket: Socket, isHttp2: boolean): void {
    if (isHttp2) {
      socket.allowHalfOpen = false // as node:http2's own server has it: a client that closes its side is gone
      this.#http2.emit("connection", socket)
    } else {
      this.#takeHttp1.call(this.#http1, socket)
      // Node pauses its parser when another request comes while an answer waits to be written. What TLS has decrypted by then
      // reaches the parser all the same, which fails (HPE_PAUSED, Node 22–26); with a listener it waits in the socket.
      if (this.#options.tls !== null) socket.on("data", () => {})
      socket.resume()
    }
  }

  #serveHttp1(): void {
    const { serve, tls } = this.#options
    const connections = new WeakMap<Duplex, Http1Connection>()
    this.#http1.on("request", (request, response) => {
      const { socket } = request
      let connection = connections.get(socket)
      if (connection === undefined) {
        const peer: Peer = { address: addressOf(socket), carrier: "http1", isTls: tls !== null }
        connection = new Http1Connection(socket, peer, this)
        connections.set(socket, connection)
      }
      if (connection.isFull) socket.destroy()
      else if (connection.isClosing) request.resume()
      else serve(new Http1Exchange(request, response, connection))
    })
    this.#http1.on("clientError", (error, socket) => {
      answerUnreadable(error, socket, connections.get(socket)?.isAnswering === true)
    })
    this.#http1.on("tlsClientError", ignoreError)
    this.#http1.on("connect", (_request, socket) => {
      socket.end(
        "HTTP/1.1 405 Method Not Allowed\r\nallow: POST, OPTIONS\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
      )
    })
  }

  #serveHttp2(): void {
    const { serve, tls } = this.#options
    this.#http2.on("session", (session) => {
      const peer: Peer = { address: addressOf(session.socket), carrier: "http2", isTls: tls !== null }
      const connection = new Http2Connection(session, peer, performance.now())
      this.#sessions.add(connection)
      this.#sweepTimer ??= setInterval(() => this.#sweep(), Math.min(sweepMs, this.#options.headTimeoutMs)).unref()
      session.on("error", ignoreError)
      session.once("close", () => this.#sessions.delete(connection))
      session.on("stream", (stream, headers, _flags, raw) => serve(new Http2Exchange(stream, headers, raw, connection)))
    })
    this.#http2.on("sessionError", ignoreError)
  }

  #sweep(): void {
    const { headTimeoutMs, keepAliveTimeoutMs } = this.#options
    const now = performance.now()
    for (const connection of this.#sessions) connection.closeIfIdle(now, headTimeoutMs, keepAliveTimeoutMs)
    if (this.#sessions.size > 0 || this.#sweepTimer === null) return
    clearInterval(this.#sweepTimer)
    this.#sweepTimer = null
  }

  async drain(): Promise<void> {
    this.isDraining = true
    const closed = new Promise<void>((resolve) => this.#http1.close(() => resolve()))
    for (const socket of this.#undecided) socket.destroy()
    for (const connection of this.#sessions) connection.drain()
    // Node closes idle connections once; those that become idle later are closed here (Node 22–26).
    const idle = setInterval(() => this.#http1.closeIdleConnections(), 50)
    await closed
    clearInterval(idle)
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy()
  }
}

function addressOf(socket: { remoteAddress?: string; remotePort?: number }): string {
  return `${socket.remoteAddress ?? "?"}:${socket.remotePort ?? 0}`
}
