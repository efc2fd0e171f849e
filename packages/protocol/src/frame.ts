import { allocateBytes } from "./slab.ts"

/**
 * The frame of gRPC and gRPC-Web (PROTOCOL-HTTP2.md "Length-Prefixed-Message", PROTOCOL-WEB.md "Message framing"):
 *
 *     frame  = flags length payload
 *     flags  = 1 byte: bit 0 compressed, bit 7 trailers (gRPC-Web only), others 0
 *     length = 4 bytes, big-endian, unsigned
 */

/** The bytes before a payload: flags and length. */
export const frameHeaderBytes = 5
/** The payload is compressed by the stream's grpc-encoding. */
export const flagCompressed = 0x01
/** The payload is a block of trailers, and this frame is the last one. */
export const flagTrailer = 0x80

/** Writes the five bytes before a payload of `length` bytes (0 to 2^32 - 1) into `target` at `offset`. */
export function writeFrameHeader(target: Uint8Array, offset: number, flags: number, length: number): void {
  target[offset] = flags
  target[offset + 1] = length >>> 24
  target[offset + 2] = length >>> 16
  target[offset + 3] = length >>> 8
  target[offset + 4] = length
}

/** The length that the frame header at `offset` declares, 0 to 2^32 - 1. `bytes` must hold the complete header. */
export function readFrameLength(bytes: Uint8Array, offset: number): number {
  // `<<` gives a signed number: without `>>> 0` a length of 2^31 or more would be negative.
  const length = (bytes[offset + 1] << 24) | (bytes[offset + 2] << 16) | (bytes[offset + 3] << 8) | bytes[offset + 4]
  return length >>> 0
}

/** A frame with a copy of `payload`. The result may share its `buffer` with other results. */
export function encodeFrame(flags: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = allocateBytes(frameHeaderBytes + payload.length)
  writeFrameHeader(frame, 0, flags, payload.length)
  frame.set(payload, frameHeaderBytes)
  return frame
}

/** One complete frame. */
export interface Frame {
  readonly flags: number
  /** May share memory with the chunk that it arrived in: see `FrameDecoder.push`. */
  readonly payload: Uint8Array
}

/** The error that makes a stream of frames unreadable. */
export type FrameViolation =
  /** A frame declares a payload above the limit for its kind of frame. Found before any of the payload is stored. */
  | { readonly kind: "too-large"; readonly flags: number; readonly declaredBytes: number; readonly maxBytes: number }
  /** A flag bit is set that this direction does not allow. */
  | { readonly kind: "bad-flags"; readonly flags: number }
  /** A payload is marked as compressed, though no encoding was announced. */
  | { readonly kind: "unexpected-compression"; readonly flags: number }

export interface FrameDecoderOptions {
  /** The longest payload of a message, in bytes as sent (compressed ones are measured compressed). */
  readonly maxMessageBytes: number
  /** The longest payload of a trailer frame, in bytes as sent. Default: 64 KiB. */
  readonly maxTrailerBytes?: number
}

const noBytes = /* @__PURE__ */ new Uint8Array(0)

/**
 * Cuts a byte stream into complete frames. Accepts any flags: the caller checks them.
 *
 * A payload that arrives in several chunks is collected in a buffer of at most four times the bytes that really
 * arrived, so a sender that declares much and sends little costs little memory. Time is linear in the bytes.
 */
export class FrameDecoder {
  readonly #maxMessageBytes: number
  readonly #maxTrailerBytes: number
  /** The number of bytes of the current header that have arrived (0 to 5), and the values that they carry. */
  #headerFilled = 0
  #flags = 0
  #length = 0
  /** The first bytes of a payload that the end of a chunk has cut. */
  #payload: Uint8Array<ArrayBuffer> = noBytes
  #payloadFilled = 0

  constructor(options: FrameDecoderOptions) {
    this.#maxMessageBytes = options.maxMessageBytes
    this.#maxTrailerBytes = options.maxTrailerBytes ?? 65_536
  }

  /** False while a frame is incomplete: a stream that ends then was cut. */
  get isAtBoundary(): boolean {
    return this.#headerFilled === 0
  }

  /** The number of bytes of the incomplete frame that have arrived, its header included. */
  get bufferedBytes(): number {
    return this.#headerFilled + this.#payloadFilled
  }

  /**
   * Takes the next bytes and calls `onFrame` for every frame that they complete, in order, before it returns. A payload
   * that lies completely in `chunk` is a view of it, not a copy: a caller that reuses the chunk's memory must copy what
   * it keeps. `onFrame` must neither throw nor push. Returns a violation, which it then repeats for every further push,
   * or `null`. The frames before the violation have been delivered.
   */
  push(chunk: Uint8Array, onFrame: (frame: Frame) => void): FrameViolation | null {
    let at = 0
    for (;;) {
      if (this.#headerFilled < frameHeaderBytes) {
        at = this.#readHeader(chunk, at)
        if (this.#headerFilled < frameHeaderBytes) return null
      }
      const flags = this.#flags
      const declaredBytes = this.#length
      const maxBytes = flags & flagTrailer ? this.#maxTrailerBytes : this.#maxMessageBytes
      if (declaredBytes > maxBytes) return { kind: "too-large", flags, declaredBytes, maxBytes }
      const end = at + declaredBytes - this.#payloadFilled
      if (end > chunk.length) {
        this.#collect(chunk, at, chunk.length)
        return null
      }
      onFrame({ flags, payload: this.#finishPayload(chunk, at, end) })
      at = end
    }
  }

  /**
   * The number of next bytes whose memory the caller can reuse after `push`, which keeps no view of them, provided that
   * no chunk is longer than `chunkBytes`. 0 unless the current frame (between two frames: the previous one) is longer
   * than `chunkBytes`.
   */
  spareBytes(chunkBytes: number): number {
    if (this.#length <= chunkBytes) return 0
    // `push` copies the rest of the payload and reads the next header; it keeps no view of either.
    return (this.isAtBoundary ? 0 : this.#length - this.#payloadFilled) + frameHeaderBytes
  }

  /** Reads the header, or the part of it that has arrived. Returns the offset after it. */
  #readHeader(chunk: Uint8Array, at: number): number {
    while (at < chunk.length && this.#headerFilled < frameHeaderBytes) {
      // Not `<< 8`: a length of 2^31 or more would become negative.
      if (this.#headerFilled > 0) this.#length = this.#length * 256 + chunk[at]
      else {
        this.#flags = chunk[at]
        this.#length = 0
      }
      this.#headerFilled++
      at++
    }
    return at
  }

  /** Stores a part of the payload. */
  #collect(chunk: Uint8Array, from: number, to: number): void {
    const filled = this.#payloadFilled + to - from
    this.#grow(filled)
    this.#payload.set(chunk.subarray(from, to), this.#payloadFilled)
    this.#payloadFilled = filled
  }

  /**
   * Makes room for this many bytes. The buffer gets four times the room, but never more than the declared length, so a
   * full buffer is exactly the payload.
   */
  #grow(bytes: number): void {
    if (bytes <= this.#payload.length) return
    const grown = new Uint8Array(Math.min(this.#length, bytes * 4))
    grown.set(this.#payload)
    this.#payload = grown
  }

  /** Returns the payload that ends at `to`, and prepares for the next header. */
  #finishPayload(chunk: Uint8Array, from: number, to: number): Uint8Array {
    let payload: Uint8Array
    if (this.#payloadFilled === 0 && from < to) {
      payload = new Uint8Array(chunk.buffer, chunk.byteOffset + from, to - from)
    } else {
      this.#collect(chunk, from, to)
      payload = this.#payload
      this.#payload = noBytes
      this.#payloadFilled = 0
    }
    this.#headerFilled = 0
    return payload
  }
}
