import type { ConnectionProblem, FieldBlock, FrameSink } from "@causeway/protocol/http2"
import { clientPreface, FieldBlockDecoder, FrameReader, H2ErrorCode } from "@causeway/protocol/http2"
import type { FloodGuard } from "../../http2/flood-guard.ts"
import type { ClosedStreams } from "./closed-streams.ts"
import type { Http2CodecExchange } from "./exchange.ts"

/** The connection of the frames. */
export interface InboundConnection {
  readonly streams: ReadonlyMap<number, Http2CodecExchange>
  readonly floods: FloodGuard
  readonly ended: ClosedStreams
  /** Nothing more is read. */
  readonly destroyed: boolean
  /** A stream with this id was never opened. */
  isIdle(streamId: number): boolean
  /** A head on a stream that is not open. */
  headCame(streamId: number, block: FieldBlock, endsStream: boolean): ConnectionProblem | null
  /** Gives the client so much more window for all streams. */
  grantAll(bytes: number): void
  /** Any frame but DATA, HEADERS and CONTINUATION. */
  frame(
    type: number,
    flags: number,
    streamId: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): ConnectionProblem | null
}

/**
 * HTTP/2 receive window for all uploads of one connection together. HTTP/2's default is 64 KiB, which one stream may fill alone.
 * The window sets throughput, not memory: it is given back as bytes arrive, and each stream's own window bounds the data that waits
 * for a slow backend. 1 MiB as in Envoy's advice for edges.
 */
export const connectionWindowBytes = 1_048_576

export const flood: ConnectionProblem = { code: H2ErrorCode.EnhanceYourCalm, words: "a flood of frames without use" }
/** Ends the reading of a chunk once the connection is destroyed. */
const over: ConnectionProblem = { code: H2ErrorCode.NoError, words: "frames behind its end" }
/** Octets that a field adds to the size of a head (RFC 9113 §6.5.2). */
const fieldOverheadBytes = 32
const maxFrameBytes = 16_384

/** Reads a client's frames, and gives streams their heads and their data. */
export class Inbound implements FrameSink {
  readonly #connection: InboundConnection
  readonly #reader: FrameReader
  readonly #decoder: FieldBlockDecoder
  #prefaceLeft = clientPreface.length
  #window = connectionWindowBytes
  // The DATA frame that is being read. Null: its stream has closed.
  #stream: Http2CodecExchange | null = null
  #length = 0

  /** `maxHeadBytes`: of larger heads the stream is reset. */
  constructor(connection: InboundConnection, maxHeadBytes: number) {
    this.#connection = connection
    const maxFieldBlockBytes = 2 * maxHeadBytes
    const maxContinuations = Math.ceil(maxFieldBlockBytes / maxFrameBytes) + 8
    this.#reader = new FrameReader({ maxFrameBytes, maxFieldBlockBytes, maxContinuations }, this)
    this.#decoder = new FieldBlockDecoder({
      maxTableBytes: 4_096,
      maxBlockBytes: maxHeadBytes,
      maxFields: Math.ceil(maxHeadBytes / fieldOverheadBytes),
      readText: (bytes, start, end) =>
        Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1"),
    })
  }

  /** Reads a chunk, which must not be used again: the streams keep their parts of it. */
  push(chunk: Uint8Array): ConnectionProblem | null {
    const start = this.#prefaceLeft === 0 ? 0 : this.#readPreface(chunk)
    if (start === -1) return { code: H2ErrorCode.ProtocolError, words: "no preface of HTTP/2 (RFC 9113 §3.4)" }
    const problem = this.#reader.push(start === 0 ? chunk : chunk.subarray(start))
    const used = connectionWindowBytes - this.#window
    // A stream that is held back keeps the window of its own, and never that of its neighbours.
    if (problem === null && used >= connectionWindowBytes / 2) {
      this.#window += used
      this.#connection.grantAll(used)
    }
    return problem
  }

  dataBegan(streamId: number, length: number): ConnectionProblem | null {
    const connection = this.#connection
    if (connection.destroyed) return over
    this.#window -= length
    if (this.#window < 0) return { code: H2ErrorCode.FlowControlError, words: "DATA beyond the connection's window" }
    this.#length = length
    this.#stream = connection.streams.get(streamId) ?? null
    if (this.#stream !== null) this.#stream.dataBegan(length)
    else return this.#behindEnd("DATA", streamId)
    return null
  }

  data(bytes: Uint8Array, start: number, end: number): null {
    this.#stream?.dataCame(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end))
    return null
  }

  dataEnded(endsStream: boolean): ConnectionProblem | null {
    const stream = this.#stream
    this.#stream = null
    if (this.#length > 0) this.#connection.floods.earn()
    else if (!endsStream && !this.#connection.floods.spend()) return flood
    if (endsStream) stream?.dataEnded()
    return null
  }

  fieldBlock(
    streamId: number,
    endsStream: boolean,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): ConnectionProblem | null {
    const connection = this.#connection
    if (connection.destroyed) return over
    const block = this.#decoder.decode(bytes, start, end)
    if (block === null) return { code: H2ErrorCode.CompressionError, words: "a field block that is no HPACK" }
    const stream = connection.streams.get(streamId)
    if (stream === undefined) return connection.headCame(streamId, block, endsStream)
    stream.fieldsCame(block, endsStream)
    return null
  }

  frame(
    type: number,
    flags: number,
    streamId: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): ConnectionProblem | null {
    return this.#connection.destroyed ? over : this.#connection.frame(type, flags, streamId, bytes, start, end)
  }

  /** A head on a stream that is not open. Trailers may have crossed with a reset of ours, and a new request may not (RFC 9113 §5.1.1). */
  headBehindEnd(streamId: number, { fields, problem }: FieldBlock): ConnectionProblem | null {
    const isRequest = problem === null && fields.length > 0 && fields[0].startsWith(":")
    if (!isRequest || this.#connection.ended.has(streamId)) return this.#behindEnd("HEADERS", streamId)
    return { code: H2ErrorCode.ProtocolError, words: `a request on stream ${streamId}, behind one on a later stream` }
  }

  /** A frame on a stream that is not open (RFC 9113 §5.1). It may have crossed with a reset of ours. */
  #behindEnd(name: string, streamId: number): ConnectionProblem | null {
    const { ended, floods } = this.#connection
    if (this.#connection.isIdle(streamId)) return neverOpened(name, streamId)
    if (ended.has(streamId)) {
      return { code: H2ErrorCode.StreamClosed, words: `${name} on stream ${streamId}, which it has ended` }
    }
    return floods.spend() ? null : flood
  }

  /** Returns the offset behind the preface, or -1. */
  #readPreface(chunk: Uint8Array): number {
    let at = 0
    for (; at < chunk.length && this.#prefaceLeft > 0; at++, this.#prefaceLeft--) {
      if (chunk[at] !== clientPreface[clientPreface.length - this.#prefaceLeft]) return -1
    }
    return at
  }
}

/** RFC 9113 §5.1. */
export function neverOpened(name: string, streamId: number): ConnectionProblem {
  return { code: H2ErrorCode.ProtocolError, words: `${name} on stream ${streamId}, which was never opened` }
}
