import type { ConnectionProblem } from "./error-code.ts"
import { H2ErrorCode } from "./error-code.ts"
import { FieldBlockAssembly } from "./field-block-assembly.ts"
import { frameProblem } from "./frame-problem.ts"
import { FrameFlag, FrameType, h2FrameHeaderBytes, readUint31 } from "./frame.ts"

/**
 * Receives what a `FrameReader` reads, in order. Bytes are `bytes` from `start` to `end`; except for those of `data` they are valid
 * during the call only. A method that gives back a problem ends the reading.
 */
export interface FrameSink {
  /** A DATA frame begins. `length` is its whole payload, padding included: flow control counts all of it (RFC 9113 §6.1). */
  dataBegan(streamId: number, length: number): ConnectionProblem | null
  /** A part of its content, as it comes; it lies in the pushed chunk. */
  data(bytes: Uint8Array, start: number, end: number): ConnectionProblem | null
  dataEnded(endsStream: boolean): ConnectionProblem | null
  /** A whole field block: HEADERS with its CONTINUATIONs. */
  fieldBlock(
    streamId: number,
    endsStream: boolean,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): ConnectionProblem | null
  /** Any other frame, whole. Its length and its stream id fit its type. */
  frame(
    type: number,
    flags: number,
    streamId: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): ConnectionProblem | null
}

/** Limits of a `FrameReader`. */
export interface FrameLimits {
  /** Our SETTINGS_MAX_FRAME_SIZE. */
  readonly maxFrameBytes: number
  /** Limit for a field block as it is on the wire, before it is decoded. */
  readonly maxFieldBlockBytes: number
  /** Limit for the CONTINUATION frames of one block. */
  readonly maxContinuations: number
}

/** Enough for the usual frames of a few bytes. Larger ones get a buffer for the largest frame. */
const smallCarryBytes = 256

/** Reads the frames of one side of a connection (RFC 9113 §4, §6). The chunks may be cut anywhere. */
export class FrameReader {
  readonly #limits: FrameLimits
  readonly #sink: FrameSink
  readonly #block: FieldBlockAssembly
  /** The beginning of a frame whose rest has not come: its header, and for types other than DATA its payload. */
  #carry = new Uint8Array(0)
  #carried = 0
  /** Offset in the chunk. */
  #at = 0
  #hasBegun = false
  // The DATA frame that is being read.
  #isInData = false
  #contentLeft = 0
  #paddingLeft = 0
  #awaitsPadLength = false
  #endsStream = false

  constructor(limits: FrameLimits, sink: FrameSink) {
    this.#limits = limits
    this.#sink = sink
    this.#block = new FieldBlockAssembly(limits)
  }

  /** Reads a chunk. The reader keeps nothing of it. After a problem the connection is to be ended, and no chunk may follow. */
  push(chunk: Uint8Array): ConnectionProblem | null {
    for (this.#at = 0; this.#at < chunk.length;) {
      const problem = this.#step(chunk, this.#at, chunk.length)
      if (problem !== null) return problem
    }
    return null
  }

  /** Reads a part of the chunk, and moves `#at` behind it. */
  #step(chunk: Uint8Array, at: number, end: number): ConnectionProblem | null {
    if (this.#isInData) return this.#readData(chunk, at, end)
    if (this.#carried > 0 || end - at < h2FrameHeaderBytes) return this.#readCarried(chunk, at, end)
    const length = lengthAt(chunk, at)
    const problem = this.#checkHeader(chunk, at, length)
    if (problem !== null) return problem
    const payload = at + h2FrameHeaderBytes
    if (chunk[at + 3] === FrameType.Data) {
      this.#at = payload
      return this.#beginData(chunk, at, length)
    }
    if (end - payload < length) {
      this.#keep(chunk, at, end)
      this.#at = end
      return null
    }
    this.#at = payload + length
    return this.#readFrame(chunk, at, length)
  }

  #keep(chunk: Uint8Array, start: number, end: number): void {
    const size = this.#carried + end - start
    if (this.#carry.length < size) {
      const larger = new Uint8Array(
        size <= smallCarryBytes ? smallCarryBytes : h2FrameHeaderBytes + this.#limits.maxFrameBytes,
      )
      larger.set(this.#carry.subarray(0, this.#carried))
      this.#carry = larger
    }
    this.#carry.set(chunk.subarray(start, end), this.#carried)
    this.#carried = size
  }

  #readCarried(chunk: Uint8Array, at: number, end: number): ConnectionProblem | null {
    if (this.#carried < h2FrameHeaderBytes) {
      at = this.#carryUp(chunk, at, end, h2FrameHeaderBytes)
      if (this.#carried < h2FrameHeaderBytes) return null
      const problem = this.#checkHeader(this.#carry, 0, lengthAt(this.#carry, 0))
      if (problem !== null) return problem
      if (this.#carry[3] === FrameType.Data) {
        this.#carried = 0
        return this.#beginData(this.#carry, 0, lengthAt(this.#carry, 0))
      }
    }
    const length = lengthAt(this.#carry, 0)
    this.#carryUp(chunk, at, end, h2FrameHeaderBytes + length)
    if (this.#carried < h2FrameHeaderBytes + length) return null
    this.#carried = 0
    return this.#readFrame(this.#carry, 0, length)
  }

  /** Carries on until `bytes` are carried, or the chunk ends. Returns the offset after them. */
  #carryUp(chunk: Uint8Array, at: number, end: number, bytes: number): number {
    const next = Math.min(end, at + bytes - this.#carried)
    this.#keep(chunk, at, next)
    this.#at = next
    return next
  }

  #checkHeader(bytes: Uint8Array, at: number, length: number): ConnectionProblem | null {
    const type = bytes[at + 3]
    if (length > this.#limits.maxFrameBytes) {
      return { code: H2ErrorCode.FrameSizeError, words: `a frame of ${length} bytes` }
    }
    const streamId = readUint31(bytes, at + 5)
    const isFirst = !this.#hasBegun
    this.#hasBegun = true
    if (isFirst && (type !== FrameType.Settings || (bytes[at + 4] & FrameFlag.Ack) !== 0)) {
      return { code: H2ErrorCode.ProtocolError, words: "a first frame that is no SETTINGS" }
    }
    if (this.#block.isOpen && (type !== FrameType.Continuation || streamId !== this.#block.streamId)) {
      return { code: H2ErrorCode.ProtocolError, words: "a field block that another frame interrupts" }
    }
    return frameProblem(type, bytes[at + 4], streamId, length)
  }

  #beginData(bytes: Uint8Array, at: number, length: number): ConnectionProblem | null {
    const flags = bytes[at + 4]
    this.#awaitsPadLength = (flags & FrameFlag.Padded) !== 0
    if (this.#awaitsPadLength && length === 0)
      return { code: H2ErrorCode.FrameSizeError, words: "padded DATA of 0 bytes" }
    this.#endsStream = (flags & FrameFlag.EndStream) !== 0
    this.#contentLeft = length
    this.#paddingLeft = 0
    const problem = this.#sink.dataBegan(readUint31(bytes, at + 5), length)
    if (problem !== null) return problem
    this.#isInData = length > 0
    return this.#isInData ? null : this.#sink.dataEnded(this.#endsStream)
  }

  #readData(chunk: Uint8Array, at: number, end: number): ConnectionProblem | null {
    if (this.#awaitsPadLength) {
      this.#awaitsPadLength = false
      this.#paddingLeft = chunk[at++]
      this.#contentLeft -= 1 + this.#paddingLeft
      if (this.#contentLeft < 0) return { code: H2ErrorCode.ProtocolError, words: "DATA with more padding than bytes" }
    }
    if (this.#contentLeft > 0 && at < end) {
      const part = Math.min(this.#contentLeft, end - at)
      this.#contentLeft -= part
      const problem = this.#sink.data(chunk, at, at + part)
      if (problem !== null) return problem
      at += part
    }
    if (this.#contentLeft === 0) {
      const skipped = Math.min(this.#paddingLeft, end - at)
      this.#paddingLeft -= skipped
      at += skipped
      this.#isInData = this.#paddingLeft > 0
    }
    this.#at = at
    return this.#isInData ? null : this.#sink.dataEnded(this.#endsStream)
  }

  #readFrame(bytes: Uint8Array, at: number, length: number): ConnectionProblem | null {
    const type = bytes[at + 3]
    const flags = bytes[at + 4]
    const streamId = readUint31(bytes, at + 5)
    const start = at + h2FrameHeaderBytes
    if (type !== FrameType.Headers && type !== FrameType.Continuation) {
      return this.#sink.frame(type, flags, streamId, bytes, start, start + length)
    }
    const block = this.#block
    const problem = block.add(type, flags, streamId, bytes, start, start + length)
    if (problem !== null || block.isOpen) return problem
    return this.#sink.fieldBlock(streamId, block.endsStream, block.bytes, block.start, block.end)
  }
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2]
}
