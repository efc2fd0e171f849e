import type { ConnectionProblem, FrameSink } from "@causeway/protocol/http2"
import { FieldBlockCache, FieldBlockDecoder, FrameReader, H2ErrorCode } from "@causeway/protocol/http2"
import { maxReplyHeadBytes, sessionWindowBytes } from "../session-limits.ts"
import type { FloodGuard } from "../../http2/flood-guard.ts"
import { maxHeaderListBytes } from "./greeting.ts"
import type { CodecStream } from "./stream.ts"

/** The connection of the frames. */
export interface InboundConnection {
  readonly streams: ReadonlyMap<number, CodecStream>
  readonly floods: FloodGuard
  /** It has ended, and what follows in the chunk is not read. */
  readonly destroyed: boolean
  /** A stream with this id was never opened. */
  isIdle(streamId: number): boolean
  /** Gives the backend so much more window for all streams. */
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

/** Parts of DATA up to this size are moved together, if they belong to one stream and came in one read. */
const maxJoinedBytes = 2_048
/** Our SETTINGS_HEADER_TABLE_SIZE: the default. */
const maxTableBytes = 4_096
/** With 16 KiB to a frame, 128 KiB take eight. */
const limits = { maxFrameBytes: 16_384, maxFieldBlockBytes: maxHeaderListBytes, maxContinuations: 16 }
const decoderOptions = {
  maxTableBytes,
  maxBlockBytes: maxReplyHeadBytes,
  maxFields: 4_096,
  readText: (bytes: Uint8Array, start: number, end: number): string =>
    Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1"),
}

/** Ends the reading of a chunk. */
const over: ConnectionProblem = { code: H2ErrorCode.NoError, words: "frames behind its end" }
const dataBeforeHead: ConnectionProblem = { code: H2ErrorCode.ProtocolError, words: "DATA before a head" }
export const flood: ConnectionProblem = { code: H2ErrorCode.EnhanceYourCalm, words: "a flood of frames without use" }

/** Reads the backend's frames, and gives streams their heads and their data. */
export class Inbound implements FrameSink {
  readonly #connection: InboundConnection
  readonly #reader: FrameReader = new FrameReader(limits, this)
  readonly #blocks = new FieldBlockCache(new FieldBlockDecoder(decoderOptions))
  #window = sessionWindowBytes
  // The DATA frame that is being read. Null: its stream has closed.
  #stream: CodecStream | null = null
  #length = 0
  // Data of one stream that lies together in one chunk and is not delivered yet.
  #runStream: CodecStream | null = null
  #runBytes: Uint8Array | null = null
  #runStart = 0
  #runEnd = 0

  constructor(connection: InboundConnection) {
    this.#connection = connection
  }

  /** Reads a chunk, which must not be used again: the streams keep their parts of it. */
  push(chunk: Uint8Array): ConnectionProblem | null {
    const problem = this.#reader.push(chunk)
    this.#deliverRun()
    this.#runBytes = null
    const used = sessionWindowBytes - this.#window
    // A slow reader keeps the window of its own stream, and never that of its neighbours.
    if (problem === null && used >= sessionWindowBytes / 2) {
      this.#window += used
      this.#connection.grantAll(used)
    }
    return problem
  }

  dataBegan(streamId: number, length: number): ConnectionProblem | null {
    if (this.#connection.destroyed) return over
    this.#window -= length
    if (this.#window < 0) return { code: H2ErrorCode.FlowControlError, words: "DATA beyond the connection's window" }
    this.#length = length
    if (this.#runStream?.id !== streamId) this.#deliverRun()
    this.#stream = this.#connection.streams.get(streamId) ?? null
    if (this.#stream !== null) return this.#stream.dataBegan(length) ? null : dataBeforeHead
    return this.#connection.isIdle(streamId) ? neverOpened("DATA", streamId) : null
  }

  data(bytes: Uint8Array, start: number, end: number): null {
    const stream = this.#stream
    if (stream === null) return null
    if (stream === this.#runStream && bytes === this.#runBytes && end - start <= maxJoinedBytes) {
      // Over the header that lies between.
      if (start !== this.#runEnd) bytes.copyWithin(this.#runEnd, start, end)
      this.#runEnd += end - start
      return null
    }
    this.#deliverRun()
    this.#runStream = stream
    this.#runBytes = bytes
    this.#runStart = start
    this.#runEnd = end
    return null
  }

  dataEnded(endsStream: boolean): ConnectionProblem | null {
    const stream = this.#stream
    this.#stream = null
    if (this.#length > 0) this.#connection.floods.earn()
    else if (!endsStream && !this.#connection.floods.spend()) return flood
    if (endsStream && stream !== null) {
      this.#deliverRun()
      stream.dataEnded()
    }
    return null
  }

  fieldBlock(
    streamId: number,
    endsStream: boolean,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): ConnectionProblem | null {
    this.#deliverRun()
    if (this.#connection.destroyed) return over
    const block = this.#blocks.decode(bytes, start, end)
    if (block === null) return { code: H2ErrorCode.CompressionError, words: "a field block that is no HPACK" }
    const stream = this.#connection.streams.get(streamId)
    if (stream !== undefined) stream.fieldsCame(block, endsStream)
    else if (this.#connection.isIdle(streamId)) return neverOpened("HEADERS", streamId)
    else if (!this.#connection.floods.spend()) return flood
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
    this.#deliverRun()
    if (this.#connection.destroyed) return over
    return this.#connection.frame(type, flags, streamId, bytes, start, end)
  }

  #deliverRun(): void {
    const stream = this.#runStream
    if (stream === null || this.#runBytes === null) return
    this.#runStream = null
    stream.dataCame(this.#runBytes.subarray(this.#runStart, this.#runEnd))
  }
}

/** RFC 9113 §5.1. */
export function neverOpened(name: string, streamId: number): ConnectionProblem {
  return { code: H2ErrorCode.ProtocolError, words: `${name} on stream ${streamId}, which was never opened` }
}
