import type { Socket } from "node:net"
import type { ConnectionProblem, FieldBlock } from "@causeway/protocol/http2"
import { FrameFlag, H2ErrorCode, maxWindowBytes } from "@causeway/protocol/http2"
import type { Peer } from "../../core/exchange.ts"
import { fieldBytes } from "../../core/field-bytes.ts"
import type { FlushTurn } from "../../core/flush-turn.ts"
import { ignoreError } from "../../core/guard.ts"
import type { StallEnd } from "../../core/stall-clock.ts"
import { writeGoaway, writePing, writeReset, writeSettingsAck, writeWindowUpdate } from "../../http2/control-frames.ts"
import { DataSender } from "../../http2/data-sender.ts"
import { FloodGuard } from "../../http2/flood-guard.ts"
import { HeadWriter } from "../../http2/head-writer.ts"
import type { SlabPool } from "../../http2/outgoing.ts"
import { Outgoing } from "../../http2/outgoing.ts"
import type { HttpDate } from "../http1-codec/http-date.ts"
import type { Http2ConnectionOptions } from "../http2-connection.ts"
import { unreadWords } from "../http2-connection.ts"
import type { ConnectionProtocol } from "../owned-connection.ts"
import { UnreadAnswers } from "../unread-answers.ts"
import { ClosedStreams } from "./closed-streams.ts"
import type { ControlledConnection } from "./control-reader.ts"
import { ControlReader } from "./control-reader.ts"
import type { Http2CodecExchange } from "./exchange.ts"
import { writeGreeting } from "./greeting.ts"
import type { InboundConnection } from "./inbound.ts"
import { flood, Inbound, neverOpened } from "./inbound.ts"
import { RequestIntake } from "./request-intake.ts"
import type { IntakeConnection, IntakeOptions } from "./request-intake.ts"
import { SocketAnswers } from "./socket-answers.ts"

/** Limits, and objects that all connections of a listener share. */
export interface Http2CodecOptions extends Http2ConnectionOptions, IntakeOptions {
  /** Of larger heads the stream is reset. */
  readonly maxHeadBytes: number
  readonly turn: FlushTurn
  readonly slabs: SlabPool
  readonly date: HttpDate
}

type State =
  | { readonly kind: "open" }
  /** A GOAWAY has asked for no further stream. Those on their way are still served. */
  | { readonly kind: "draining"; readonly since: number }
  /** A GOAWAY has named the last stream that is served. */
  | { readonly kind: "closing" }
  /** Nothing more is delivered or written. */
  | { readonly kind: "destroyed"; readonly since: number }

/** How long streams that cross with the first GOAWAY are served, if the client does not answer the PING behind it. */
const maxDrainMs = 1_000
/** How long a client may take to close its side of a connection that was ended for what it sent. */
const maxLingerMs = 1_000
const drainPing = Uint8Array.from("draining", (char) => char.charCodeAt(0))
/** Fields whose values are few and no secret: the client keeps them, and each takes one octet from then on. */
const rememberedNames = [
  "content-type",
  "vary",
  "access-control-allow-origin",
  "access-control-allow-credentials",
  "access-control-expose-headers",
  "grpc-encoding",
  "grpc-accept-encoding",
  "grpc-status",
]

/** One HTTP/2 connection of a client over our own codec. */
export class Http2CodecConnection
  implements ConnectionProtocol, IntakeConnection, InboundConnection, ControlledConnection
{
  readonly peer: Peer
  readonly streams: Map<number, Http2CodecExchange> = new Map()
  readonly floods: FloodGuard = new FloodGuard()
  readonly ended: ClosedStreams = new ClosedStreams()
  readonly sender: DataSender
  readonly #socket: Socket
  readonly #options: Http2CodecOptions
  readonly #out: Outgoing
  readonly #heads: HeadWriter
  readonly #control: ControlReader
  readonly #inbound: Inbound
  readonly #unread: UnreadAnswers
  readonly #intake: RequestIntake
  #state: State = { kind: "open" }
  #idleSince = performance.now()

  constructor(socket: Socket, peer: Peer, options: Http2CodecOptions) {
    this.peer = peer
    this.#socket = socket
    this.#options = options
    this.#out = new Outgoing(socket, options.turn, options.slabs, () => this.#cut())
    this.#heads = new HeadWriter(this.#out, rememberedNames)
    this.sender = new DataSender(this.#out, this.floods)
    this.#control = new ControlReader(this)
    this.#intake = new RequestIntake(this, this.#out, options)
    this.#inbound = new Inbound(this, options.maxHeadBytes)
    this.#unread = new UnreadAnswers(new SocketAnswers(socket), options.stalls, (why) => this.#unreadFor(why))
    socket.on("error", ignoreError).once("close", () => this.#closed())
    socket.on("data", (chunk: Buffer) => this.#read(chunk)).on("end", () => this.#clientEnded())
    socket.on("drain", () => this.#drained())
    writeGreeting(this.#out, options.maxConcurrentStreams, options.maxHeadBytes)
  }

  // For the connection's owner.

  get hasCalls(): boolean {
    return this.streams.size > 0
  }

  /**
   * RFC 9113 §6.8: first a GOAWAY that asks for no further stream, and a PING. The client's answer shows that it knows. Streams that
   * came before are served, and a second GOAWAY names the last of them.
   */
  drain(): void {
    if (this.#state.kind !== "open") return
    this.#state = { kind: "draining", since: performance.now() }
    writeGoaway(this.#out, maxWindowBytes, H2ErrorCode.NoError)
    writePing(this.#out, 0, drainPing, 0)
  }

  /**
   * Closes the connection if it was idle for too long. Before the first stream the limit is that of a request head, since a head may
   * be arriving byte by byte. A connection whose client still reads answers is not idle.
   */
  closeIfIdle(now: number): void {
    if (this.#state.kind === "destroyed") {
      if (now - this.#state.since >= maxLingerMs) this.#socket.destroy()
      return
    }
    if (this.#unread.look()) this.#idleSince = now
    if (this.#state.kind === "draining" && now - this.#state.since >= maxDrainMs) this.#endStreams()
    if (this.streams.size > 0) return
    const { headTimeoutMs, keepAliveTimeoutMs } = this.#options
    if (now - this.#idleSince < (this.#intake.lastStreamId > 0 ? keepAliveTimeoutMs : headTimeoutMs)) return
    if (this.#state.kind === "open") this.#endStreams()
    else this.#cut() // a client that neither reads nor closes its side
  }

  closeDrained(): void {
    if (this.#unread.look()) return
    if (this.#state.kind === "draining") this.#endStreams()
    else this.#cut()
  }

  // For its streams.

  get date(): string {
    return this.#options.date.now()
  }

  writeFields(streamId: number, fields: readonly string[], endsStream: boolean): void {
    this.#heads.write(streamId, fields, endsStream)
    this.#unread.wroteHead(fieldBytes(fields))
  }

  grant(streamId: number, bytes: number): void {
    writeWindowUpdate(this.#out, streamId, bytes)
  }

  reset(stream: Http2CodecExchange, code: number): void {
    writeReset(this.#out, stream.id, code)
    this.forget(stream)
  }

  resetForBreach(stream: Http2CodecExchange, code: number): void {
    this.reset(stream, code)
    const problem = this.#intake.countReset()
    if (problem !== null) this.#break(problem)
  }

  forget(stream: Http2CodecExchange): void {
    if (!this.streams.delete(stream.id)) return
    if (stream.isUploaded) this.ended.add(stream.id)
    this.sender.forget(stream)
    stream.closed()
    if (this.streams.size > 0) return
    this.#idleSince = performance.now()
    if (this.#state.kind === "closing") this.#end()
  }

  // For the frames of the client.

  get destroyed(): boolean {
    return this.#state.kind === "destroyed"
  }

  isIdle(streamId: number): boolean {
    return streamId > this.#intake.lastStreamId || streamId % 2 === 0
  }

  grantAll(bytes: number): void {
    writeWindowUpdate(this.#out, 0, bytes)
  }

  headCame(streamId: number, block: FieldBlock, endsStream: boolean): ConnectionProblem | null {
    if (!this.isIdle(streamId)) return this.#inbound.headBehindEnd(streamId, block)
    if (streamId % 2 === 0) return neverOpened("HEADERS", streamId)
    // RFC 9113 §6.8: a stream behind the last one that is served is ignored; its client may repeat it elsewhere.
    if (this.#state.kind === "closing") return this.floods.spend() ? null : flood
    return this.#intake.headCame(streamId, block, endsStream, this.#control.settings.initialWindowBytes)
  }

  resetCame(stream: Http2CodecExchange): ConnectionProblem | null {
    this.ended.add(stream.id)
    stream.lost()
    return this.#intake.countReset()
  }

  frame(
    type: number,
    flags: number,
    streamId: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): ConnectionProblem | null {
    return this.#control.read(type, flags, streamId, bytes, start, end)
  }

  settingsCame(windowDelta: number, tableBytes: number | null): ConnectionProblem | null {
    if (tableBytes !== null) this.#heads.limitTable(tableBytes)
    writeSettingsAck(this.#out)
    if (windowDelta === 0) return null
    for (const stream of this.streams.values()) if (!stream.windowCame(windowDelta)) return windowOverflow
    this.sender.resume()
    return null
  }

  pingCame(bytes: Uint8Array, start: number): void {
    writePing(this.#out, FrameFlag.Ack, bytes, start)
  }

  pingAnswered(): void {
    if (this.#state.kind === "draining") this.#endStreams()
  }

  goawayCame(code: number): void {
    if (code === H2ErrorCode.NoError) {
      this.#endStreams()
      return
    }
    const words = `The client has ended the connection with the error code ${code} of HTTP/2`
    this.#options.observer.connectionFailed("goaway", this.peer.address, words)
    this.#cut()
  }

  #read(chunk: Uint8Array): void {
    if (this.destroyed) return
    const problem = this.#inbound.push(chunk)
    if (problem !== null) this.#break(problem)
  }

  #drained(): void {
    this.#out.drained()
    if (!this.destroyed) this.sender.resume()
  }

  /** Serves no stream behind the last one so far, and closes when the open ones have finished. */
  #endStreams(): void {
    if (this.#state.kind === "closing" || this.destroyed) return
    this.#state = { kind: "closing" }
    writeGoaway(this.#out, this.#intake.lastStreamId, H2ErrorCode.NoError)
    if (this.streams.size === 0) this.#end()
  }

  /** Ends our side; the client then ends its own. */
  #end(): void {
    this.#out.flush()
    this.#socket.end()
  }

  /** The client has closed its side, and so it has gone. */
  #clientEnded(): void {
    if (this.destroyed) return
    this.#out.flush()
    this.#closed()
    this.#socket.destroySoon()
  }

  /**
   * Tells the client what it has done wrong, and ends the connection (RFC 9113 §5.4.1). What it still sends is read and dropped for a
   * while: closing at once would cause a TCP reset, which can destroy the GOAWAY before the client has read it.
   */
  #break({ code, words }: ConnectionProblem): void {
    if (this.destroyed) return
    const reason = code === H2ErrorCode.EnhanceYourCalm ? "http2-flood" : "http2-error"
    this.#options.observer.connectionFailed(reason, this.peer.address, `the client sent ${words}`)
    writeGoaway(this.#out, this.#intake.lastStreamId, code)
    this.#out.flush()
    this.#closed()
    this.#socket.end()
  }

  #cut(): void {
    this.#socket.destroy()
    this.#closed()
  }

  #closed(): void {
    this.#unread.stop()
    if (this.destroyed) return
    this.#state = { kind: "destroyed", since: performance.now() }
    for (const stream of [...this.streams.values()]) stream.lost()
  }

  #unreadFor(why: StallEnd): void {
    this.#options.observer.connectionFailed("unread", this.peer.address, unreadWords(why))
    this.#cut()
  }
}

const windowOverflow: ConnectionProblem = {
  code: H2ErrorCode.FlowControlError,
  words: "SETTINGS that open a window beyond 2^31-1",
}
