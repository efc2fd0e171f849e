import type { Socket } from "node:net"
import { TLSSocket } from "node:tls"
import type { ConnectionProblem } from "@causeway/protocol/http2"
import { defaultWindowBytes, FrameFlag, H2ErrorCode } from "@causeway/protocol/http2"
import type { FlushTurn } from "../../core/flush-turn.ts"
import type { UpstreamListener, UpstreamStream } from "../../core/upstream-stream.ts"
import type { Client } from "../clients.ts"
import type { Http2Connect, Http2Connection, Http2ConnectionListener } from "../http2-connection.ts"
import { writeGoaway, writePing, writeReset, writeSettingsAck, writeWindowUpdate } from "../../http2/control-frames.ts"
import type { ControlledConnection } from "./control-reader.ts"
import { ControlReader } from "./control-reader.ts"
import { DataSender } from "../../http2/data-sender.ts"
import { FloodGuard } from "../../http2/flood-guard.ts"
import { HeadWriter } from "../../http2/head-writer.ts"
import type { InboundConnection } from "./inbound.ts"
import { Inbound } from "./inbound.ts"
import { Outgoing, SlabPool } from "../../http2/outgoing.ts"
import { writeGreeting } from "./greeting.ts"
import { ReplyRules } from "./reply-rules.ts"
import type { StreamConnection } from "./stream.ts"
import { CodecStream } from "./stream.ts"

/**
 * HTTP/2 by our own codec. What is written in one turn leaves at its end, after the pumps have had theirs. `firstStreamId`: 1, unless
 * a test wants the last ones.
 */
export function connectByCodec(turn: FlushTurn, firstStreamId: number = 1): Http2Connect {
  const slabs = new SlabPool()
  return (socket, listener) => new CodecConnection(socket, listener, { turn, slabs, firstStreamId })
}

/** What the connections of a bridge share. */
interface CodecParts {
  readonly turn: FlushTurn
  readonly slabs: SlabPool
  readonly firstStreamId: number
}

type State =
  | "open"
  | "closing" // either side has said that no stream follows; open streams finish
  | "destroyed" // the socket closes, and nothing is read or written
  | "closed"

const pingPayload = new Uint8Array(8)

class CodecConnection implements Http2Connection, StreamConnection, InboundConnection, ControlledConnection {
  readonly owner: Http2ConnectionListener
  readonly streams: Map<number, CodecStream> = new Map()
  readonly floods: FloodGuard = new FloodGuard()
  readonly rules: ReplyRules = new ReplyRules()
  readonly sender: DataSender
  readonly #socket: Socket
  readonly #out: Outgoing
  readonly #heads: HeadWriter
  readonly #control: ControlReader
  readonly #inbound: Inbound
  #state: State = "open"
  #nextId: number
  #onPingAnswer: (() => void) | null = null
  /** Clients of streams that have closed, whose owner has not been told yet. */
  #closedFor: (Client | null)[] = []

  constructor(socket: Socket, listener: Http2ConnectionListener, { turn, slabs, firstStreamId }: CodecParts) {
    this.#nextId = firstStreamId
    this.owner = listener
    this.#socket = socket
    this.#out = new Outgoing(socket, turn, slabs, (cause) => this.destroy(new Error("a write failed", { cause })))
    this.#heads = new HeadWriter(this.#out, rememberedNames)
    this.sender = new DataSender(this.#out, this.floods)
    this.#control = new ControlReader(this)
    this.#inbound = new Inbound(this)
    socket.on("data", (chunk: Buffer) => this.#read(chunk))
    socket.on("drain", () => this.#drained())
    // A backend sends nothing behind its FIN, and what we could send would help no call.
    socket.on("end", () => this.destroy())
    // The socket's error comes a little later than its close.
    socket.on("close", () => process.nextTick(() => this.#closed()))
    // A write before the end of a handshake that fails would hide the reason of the failure.
    if (socket instanceof TLSSocket) socket.once("secureConnect", () => writeGreeting(this.#out, defaultWindowBytes))
    else writeGreeting(this.#out, defaultWindowBytes)
  }

  get canRequest(): boolean {
    return this.#state === "open" && this.hasIds && !this.#socket.destroyed
  }

  get hasIds(): boolean {
    return this.#nextId <= maxStreamId
  }

  get destroyed(): boolean {
    return this.#state === "destroyed" || this.#state === "closed"
  }

  request(fields: readonly string[], to: UpstreamListener, client: Client | null): UpstreamStream {
    const stream = new CodecStream(this.#nextId, this.#control.settings.initialWindowBytes, to, client, this)
    this.#nextId += 2
    this.streams.set(stream.id, stream)
    this.floods.earn()
    this.#heads.write(stream.id, fields, false)
    return stream
  }

  ping(onAnswer: () => void): void {
    this.#onPingAnswer = onAnswer
    writePing(this.#out, 0, pingPayload, 0)
  }

  close(): void {
    if (this.#state !== "open") return
    this.#state = "closing"
    writeGoaway(this.#out, 0, H2ErrorCode.NoError)
    this.#endIfIdle()
  }

  destroy(error?: Error): void {
    if (this.destroyed) return
    this.#state = "destroyed"
    if (error !== undefined) this.owner.connectionFailed(error)
    this.#socket.destroy()
  }

  // For its streams.

  reset(stream: CodecStream, code: number): void {
    writeReset(this.#out, stream.id, code)
    this.forget(stream)
  }

  forget(stream: CodecStream): void {
    if (!this.streams.delete(stream.id)) return
    this.sender.forget(stream)
    stream.closed()
    // Later: its owner gives the place to another call, whose listener may do anything.
    if (this.#closedFor.length === 0) process.nextTick(tellClosed, this)
    this.#closedFor.push(stream.client)
  }

  grant(stream: CodecStream, bytes: number): void {
    writeWindowUpdate(this.#out, stream.id, bytes)
  }

  /** Tells the owner of the streams that have closed. */
  tellClosed(): void {
    const clients = this.#closedFor
    this.#closedFor = []
    for (const client of clients) this.owner.streamClosed(client)
    this.#endIfIdle()
  }

  // For the frames of the backend.

  isIdle(streamId: number): boolean {
    return streamId >= this.#nextId || streamId % 2 === 0
  }

  grantAll(bytes: number): void {
    writeWindowUpdate(this.#out, 0, bytes)
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

  settingsCame(): void {
    const { tableBytes, maxStreams } = this.#control.settings
    if (tableBytes !== null) this.#heads.limitTable(tableBytes)
    writeSettingsAck(this.#out)
    this.sender.resume()
    this.owner.settingsCame(maxStreams)
  }

  pingCame(bytes: Uint8Array, start: number): void {
    writePing(this.#out, FrameFlag.Ack, bytes, start)
  }

  pingAnswered(): boolean {
    const onAnswer = this.#onPingAnswer
    this.#onPingAnswer = null
    onAnswer?.()
    return onAnswer !== null
  }

  goawayCame(code: number, lastStreamId: number, words: string): void {
    if (this.#state === "open") this.#state = "closing"
    this.owner.goawayCame(code, lastStreamId, words)
    for (const stream of [...this.streams.values()]) {
      if (stream.id > lastStreamId) stream.cutOff(H2ErrorCode.RefusedStream)
    }
    // As node:http2 does: a backend that goes away with an error ends its streams too.
    if (code !== H2ErrorCode.NoError) this.destroy()
    else this.#endIfIdle()
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

  /** Tells the backend what it has done wrong, and ends the connection (RFC 9113 §5.4.1). */
  #break({ code, words }: ConnectionProblem): void {
    if (this.destroyed) return
    writeGoaway(this.#out, 0, code)
    this.#out.flush()
    this.destroy(Object.assign(new Error(`the backend sent ${words}`), { code: "ERR_HTTP2_ERROR" }))
  }

  /** Ends our side once no stream is left; the backend then ends its own. */
  #endIfIdle(): void {
    if (this.#state !== "closing" || this.streams.size > 0 || this.#closedFor.length > 0) return
    this.#out.flush()
    this.#socket.end()
  }

  #closed(): void {
    if (this.#state === "closed") return
    this.#state = "destroyed"
    for (const stream of [...this.streams.values()]) stream.cutOff(H2ErrorCode.Cancel)
    this.tellClosed()
    this.#state = "closed"
    this.owner.connectionClosed()
  }
}

/** Fields whose values are few and no secret. */
const rememberedNames = [":path", ":authority", "te", "content-type", "grpc-encoding", "grpc-accept-encoding"]

const maxStreamId = 2 ** 31 - 1

function tellClosed(connection: CodecConnection): void {
  connection.tellClosed()
}
