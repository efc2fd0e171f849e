import { connect } from "node:http2"
import type { ClientHttp2Session, ClientSessionOptions } from "node:http2"
import type { Socket } from "node:net"
import type { UpstreamListener, UpstreamStream } from "../../core/upstream-stream.ts"
import type { Client } from "../clients.ts"
import { sessionWindowBytes, streamWindowBytes } from "../session-limits.ts"
import type { Http2Connection, Http2ConnectionListener } from "../http2-connection.ts"
import { NodeStream } from "./stream.ts"

/** Options for node:http2's client sessions. */
const http2Options: ClientSessionOptions & { readonly strictSingleValueFields: boolean } = {
  // Above this size every call of the session fails. Node (22–26) counts a write over 64 KiB that is pending when its stream is
  // reset, and never subtracts it: cancelled uploads would reach any limit. The bridge bounds streams, windows and held bytes.
  maxSessionMemory: 1_000_000, // megabytes
  settings: { enablePush: false, initialWindowSize: streamWindowBytes, maxHeaderListSize: 131_072 },
  strictSingleValueFields: false, // a client may send a field twice; the backend decides what that means
  // Node silently ends a stream whose head has more fields. The limit of `maxReplyHeadBytes` is reached before.
  maxHeaderListPairs: 4_096,
  // Above this size nghttp2 sends no head, and the session's header compression breaks. It exceeds --max-head-bytes plus a path.
  maxSendHeaderBlockLength: 262_144,
}

/** HTTP/2 by node:http2. */
export function connectByNode(socket: Socket, listener: Http2ConnectionListener): Http2Connection {
  return new NodeConnection(socket, listener)
}

class NodeConnection implements Http2Connection {
  readonly #socket: Socket
  readonly #h2: ClientHttp2Session
  readonly #listener: Http2ConnectionListener
  #hasSettings = false
  #hasIds = true

  constructor(socket: Socket, listener: Http2ConnectionListener) {
    this.#socket = socket
    this.#listener = listener
    // The URL only has to be one: the socket is open already, and each request names its authority.
    this.#h2 = connect("http://localhost", { ...http2Options, createConnection: () => socket })
    this.#h2.on("remoteSettings", () => this.#settings())
    this.#h2.on("error", (error) => listener.connectionFailed(error))
    this.#h2.on("goaway", (code, lastStreamId, data?: Buffer) =>
      listener.goawayCame(code, lastStreamId, data?.toString("latin1") ?? ""),
    )
    this.#h2.on("close", () => listener.connectionClosed())
  }

  /** Node knows that a connection has ended a little before it emits an event. */
  get canRequest(): boolean {
    return !this.#h2.closed && !this.#h2.destroyed
  }

  get destroyed(): boolean {
    return this.#h2.destroyed
  }

  get hasIds(): boolean {
    return this.#hasIds
  }

  request(fields: string[], to: UpstreamListener, client: Client | null): UpstreamStream {
    const stream = this.#h2.request(fields, { endStream: false })
    // Node has closed such a stream. Its call is repeated on another session.
    if (stream.id === undefined) this.#hasIds = false
    return new NodeStream(stream, to, this.#listener, client)
  }

  ping(onAnswer: () => void): void {
    this.#h2.ping(onAnswer)
  }

  close(): void {
    this.#h2.close()
  }

  // On an error Node's session waits until its last bytes are sent, or the connection ends: for ever, if the host is silent.
  destroy(error?: Error): void {
    this.#h2.destroy(error)
    this.#socket.destroy()
  }

  #settings(): void {
    if (!this.#hasSettings) {
      this.#hasSettings = true
      this.#h2.setLocalWindowSize(sessionWindowBytes)
    }
    this.#listener.settingsCame(this.#h2.remoteSettings?.maxConcurrentStreams ?? Infinity)
  }
}
