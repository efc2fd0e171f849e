import { createServer as createHttpServer } from "node:http"
import type { IncomingMessage, Server as HttpServer, ServerResponse } from "node:http"
import { createServer as createHttp2Server } from "node:http2"
import type { Http2Server } from "node:http2"
import { Server as HttpsServer, createServer as createHttpsServer } from "node:https"
import type { AddressInfo, Socket } from "node:net"
import type { TLSSocket } from "node:tls"
import { FieldNames } from "@causeway/protocol/http1"
import type { Exchange, Peer } from "../core/exchange.ts"
import type { FlushTurn } from "../core/flush-turn.ts"
import { ignoreError } from "../core/guard.ts"
import type { Observer } from "../core/observer.ts"
import type { StallClock } from "../core/stall-clock.ts"
import type { ConnectionLimits } from "./connections.ts"
import { Connections } from "./connections.ts"
import { Http1Connection } from "./http1-connection.ts"
import type { Http1CodecOptions } from "./http1-codec/connection.ts"
import { Http1CodecConnection } from "./http1-codec/connection.ts"
import { HttpDate } from "./http1-codec/http-date.ts"
import { Http1Exchange } from "./http1.ts"
import { SlabPool } from "../http2/outgoing.ts"
import type { Http2CodecOptions } from "./http2-codec/connection.ts"
import { Http2CodecConnection } from "./http2-codec/connection.ts"
import { Http2Connection } from "./http2-connection.ts"
import { Http2Exchange } from "./http2.ts"
import { http1OptionsOf, http2OptionsOf } from "./node-options.ts"
import type { OwnedConnection } from "./owned-connection.ts"
import { connectRefusal, expectationRefusal, versionRefusal } from "./raw-refusal.ts"
import { sniff } from "./sniff.ts"
import { TlsHandshake } from "./tls-handshake.ts"

/** Address, TLS, limits and owner of a listener. */
export interface ListenerOptions extends ConnectionLimits {
  readonly host: string
  /** 0 picks a free port. */
  readonly port: number
  /** PEM; null: plain text. */
  readonly tls: { readonly cert: string; readonly key: string } | null
  readonly headTimeoutMs: number
  readonly keepAliveTimeoutMs: number
  readonly maxHeadBytes: number
  /** Which implementation of HTTP serves clients. */
  readonly codec: "causeway" | "node"
  /** Limit for one HTTP/2 connection. */
  readonly maxConcurrentStreams: number
  readonly serve: (exchange: Exchange) => void
  /** Collects the bytes of a turn. */
  readonly turn: FlushTurn
  /** Bounds what is held for connections whose clients do not read. */
  readonly stalls: StallClock
  readonly observer: Observer
}

/** An open port. */
export interface Listener {
  /** `http://host:port` or `https://host:port`. */
  readonly address: string
  /** Number of open connections. */
  readonly connections: number
  /**
   * Shows this certificate to new TLS connections; open ones keep theirs.
   * @throws {Error} when the texts are not PEM or do not match; the old certificate stays in use
   */
  renewCertificate(tls: { readonly cert: string; readonly key: string }): void
  /** Connections that come from now on have these limits. */
  limit(limits: ConnectionLimits): void
  /** Accepts no new connection and no new call. Resolves when the last connection has closed. */
  drain(): Promise<void>
  /** Destroys the connections that are still open. */
  destroy(): void
}

const tlsOptions = { ALPNProtocols: ["h2", "http/1.1"], minVersion: "TLSv1.2" } as const

/** Opens the port. It serves HTTP/1.1 and HTTP/2, told apart by their first bytes in plain text, by ALPN over TLS. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const port = new OpenPort(options)
  await port.listen()
  return port
}

/**
 * The listening server is node:http's own, with its `connection` listener replaced. node:http watches heads and idle connections
 * only if it accepted the connection itself (Node 22–26).
 */
class OpenPort implements Listener {
  readonly #options: ListenerOptions
  readonly #http1: HttpServer
  readonly #http2: Http2Server
  /** Node's own listener of accepted sockets: of its TLS server, or of its HTTP/1.1 server. */
  readonly #takeAccepted: (socket: Socket) => void
  readonly #takeHttp1: (socket: Socket) => void
  readonly #connections: Connections
  /** Connections in a TLS handshake, by their endpoints. The raw socket and the TLS socket have nothing else in common. */
  readonly #handshakes = new Map<string, TlsHandshake>()
  readonly #http1Connections = new WeakMap<object, Http1Connection>()

  readonly #codecOptions: Http1CodecOptions
  readonly #http2CodecOptions: Http2CodecOptions

  constructor(options: ListenerOptions) {
    this.#options = options
    this.#connections = new Connections(options, options.observer)
    this.#codecOptions = {
      ...options,
      maxHeadBytes: options.maxHeadBytes * 2, // `serve` enforces the real limit, since it can answer with CORS fields
      maxFields: 2_000,
      names: new FieldNames(),
      date: new HttpDate(),
      drainState: this.#connections,
    }
    const { date } = this.#codecOptions
    this.#http2CodecOptions = { ...options, maxHeadBytes: options.maxHeadBytes * 2, slabs: new SlabPool(), date }
    const { tls } = options
    const http1Options = http1OptionsOf(options)
    this.#http1 =
      tls === null
        ? createHttpServer(http1Options)
        : createHttpsServer({ ...http1Options, ...tls, ...tlsOptions, handshakeTimeout: options.headTimeoutMs })
    this.#http2 = createHttp2Server(http2OptionsOf(options))
    this.#takeAccepted = takeListener(this.#http1, "connection")
    this.#takeHttp1 = tls === null ? this.#takeAccepted : takeListener(this.#http1, "secureConnection")
    this.#http1.on("connection", (socket: Socket) => this.#accept(socket))
    this.#http1.on("secureConnection", (socket: TLSSocket) => this.#handshakeDone(socket))
    this.#serveHttp1()
    this.#http2.on("sessionError", ignoreError)
  }

  get address(): string {
    const { address, family, port } = this.#http1.address() as AddressInfo
    return `${this.#options.tls === null ? "http" : "https"}://${family === "IPv6" ? `[${address}]` : address}:${port}`
  }

  get connections(): number {
    return this.#connections.size
  }

  limit(limits: ConnectionLimits): void {
    this.#connections.limit(limits)
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

  #accept(socket: Socket): void {
    const isTls = this.#options.tls !== null
    const connection = this.#connections.admit(socket, !isTls)
    if (connection === null) return
    if (isTls) this.#awaitHandshake(connection, socket)
    else {
      sniff(socket, this.#options.headTimeoutMs, {
        decided: (isHttp2) => this.#attach(connection, socket, isHttp2),
        timedOut: () =>
          this.#options.observer.connectionFailed(
            "slow-head",
            addressOf(socket),
            "The first bytes did not come in time",
          ),
      })
    }
  }

  #awaitHandshake(connection: OwnedConnection, socket: Socket): void {
    const { headTimeoutMs, observer } = this.#options
    const endpoints = endpointsOf(socket)
    const handshake = new TlsHandshake(connection, headTimeoutMs, {
      begun: () => this.#takeAccepted.call(this.#http1, socket),
      failed: (why) => observer.connectionFailed("tls-handshake", addressOf(socket), why),
    })
    this.#handshakes.set(endpoints, handshake)
    socket.once("close", () => this.#handshakes.delete(endpoints))
    connection.become(handshake)
  }

  #handshakeDone(socket: TLSSocket): void {
    const endpoints = endpointsOf(socket)
    const handshake = this.#handshakes.get(endpoints)
    this.#handshakes.delete(endpoints)
    handshake?.ended()
    if (handshake === undefined) socket.destroy() // the client has left meanwhile
    else this.#attach(handshake.connection, socket, socket.alpnProtocol === "h2")
  }

  #attach(connection: OwnedConnection, socket: Socket, isHttp2: boolean): void {
    const carrier = isHttp2 ? "http2" : "http1"
    const peer: Peer = { address: addressOf(socket), carrier, isTls: this.#options.tls !== null }
    if (isHttp2) this.#attachHttp2(connection, socket, peer)
    else this.#attachHttp1(connection, socket, peer)
  }

  #attachHttp1(connection: OwnedConnection, socket: Socket, peer: Peer): void {
    if (this.#options.codec === "causeway") {
      connection.become(new Http1CodecConnection(socket, peer, this.#codecOptions))
      socket.resume()
      return
    }
    const http1 = new Http1Connection(socket, peer, this.#connections, this.#options.observer)
    this.#http1Connections.set(socket, http1)
    this.#takeHttp1.call(this.#http1, socket)
    // Node pauses its parser when another request comes while an answer waits to be written. Data that TLS has decrypted by then
    // still reaches the parser, which fails (HPE_PAUSED, Node 22–26). With a listener the data waits in the socket.
    if (peer.isTls) socket.on("data", () => {})
    socket.resume()
    connection.become(http1)
  }

  #attachHttp2(connection: OwnedConnection, socket: Socket, peer: Peer): void {
    const { serve } = this.#options
    socket.allowHalfOpen = false // like node:http2's own server: a client that closes its side has gone
    if (this.#options.codec === "causeway") {
      connection.become(new Http2CodecConnection(socket, peer, this.#http2CodecOptions))
      socket.resume()
      return
    }
    this.#http2.once("session", (session) => {
      const http2 = new Http2Connection(socket, session, peer, this.#options)
      session.on("stream", (stream, headers, _flags, raw) => serve(new Http2Exchange(stream, headers, raw, http2)))
      connection.become(http2)
    })
    this.#http2.emit("connection", socket)
  }

  #serveHttp1(): void {
    const http1 = this.#http1
    const of = (socket: object): Http1Connection | undefined => this.#http1Connections.get(socket)
    http1.on("request", (request, response) => this.#onRequest(request, response, "coming"))
    http1.on("checkContinue", (request, response) => this.#onRequest(request, response, "withheld"))
    http1.on("checkExpectation", ({ socket }) => of(socket)?.refuse(expectationRefusal))
    // After this event Node no longer watches the socket: the refusal owns it.
    http1.on("connect", (_request, socket) => of(socket)?.refuse(connectRefusal))
    http1.on("clientError", (error, socket) => {
      const connection = of(socket)
      if (connection === undefined) socket.on("error", ignoreError).destroy() // during a TLS handshake
      else connection.refuseUnreadable(error)
    })
    http1.on("tlsClientError", (cause, socket) => {
      if ((cause as NodeJS.ErrnoException).code === "ECONNRESET") return
      this.#options.observer.connectionFailed("tls-handshake", addressOf(socket), cause.message)
    })
  }

  #onRequest(request: IncomingMessage, response: ServerResponse, upload: "coming" | "withheld"): void {
    const connection = this.#http1Connections.get(request.socket)
    if (connection === undefined) request.socket.destroy()
    else if (connection.isFull) connection.cutFull()
    else if (connection.isClosing) connection.ignore(request)
    else if (request.httpVersionMajor !== 1 || request.httpVersionMinor > 1) connection.refuse(versionRefusal)
    else this.#options.serve(new Http1Exchange(request, response, connection, upload))
  }

  async drain(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#http1.close(() => resolve()))
    this.#connections.drain()
    await closed
  }

  destroy(): void {
    this.#connections.destroy()
  }
}

/** Removes Node's own listener of this event, and returns it. */
function takeListener(server: HttpServer, event: "connection" | "secureConnection"): (socket: Socket) => void {
  const [listener] = server.listeners(event)
  server.off(event, listener as () => void)
  return listener as (socket: Socket) => void
}

function addressOf(socket: { remoteAddress?: string; remotePort?: number }): string {
  return `${socket.remoteAddress ?? "?"}:${socket.remotePort ?? 0}`
}

function endpointsOf(socket: Socket): string {
  return `${socket.localAddress} ${addressOf(socket)}`
}
