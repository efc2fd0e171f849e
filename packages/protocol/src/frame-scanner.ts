import { flagCompressed, frameHeaderBytes, readFrameLength } from "./frame.ts"
import type { FrameViolation } from "./frame.ts"

/**
 * Follows the messages of a gRPC stream without reading their payloads: it reads the five bytes before each payload and
 * skips the rest. The frames of a gRPC-Web request are those of a gRPC request, so forwarding a request needs no more
 * than this. Only a violation allocates memory. Time is linear in chunks and messages, not in bytes.
 */
export class FrameScanner {
  #maxMessageBytes: number
  readonly #legalFlags: number
  /**
   * A header that the end of a chunk has cut: the number of its bytes that arrived (0 to 4), its flags, and the length
   * so far.
   */
  #headerFilled = 0
  #flags = 0
  #length = 0
  #openMessageBytes = 0
  #payloadMissing = 0
  #boundary = 0
  #messages = 0
  #violation: FrameViolation | null = null

  /**
   * @param maxMessageBytes the longest payload, in bytes as sent
   * @param allowsCompressed whether the stream announced an encoding, so that its messages may be compressed
   */
  constructor(maxMessageBytes: number, allowsCompressed: boolean) {
    this.#maxMessageBytes = maxMessageBytes
    this.#legalFlags = allowsCompressed ? flagCompressed : 0
  }

  /** Judges messages that begin from now on by this limit, in bytes. */
  limit(maxMessageBytes: number): void {
    this.#maxMessageBytes = maxMessageBytes
  }

  /**
   * The offset, in the last scanned chunk, of the end of its last complete message; 0 if no message ended in that
   * chunk.
   */
  get boundary(): number {
    return this.#boundary
  }

  /** True while the stream may end: every message is complete, and no violation was found. */
  get isAtBoundary(): boolean {
    return this.#headerFilled === 0 && this.#openMessageBytes === 0 && this.#violation === null
  }

  /**
   * The size of the incomplete message, header and declared payload together, in bytes. 0 while its header is
   * incomplete.
   */
  get openMessageBytes(): number {
    return this.#openMessageBytes
  }

  /** How much of the incomplete message has arrived, header and payload together, in bytes. */
  get openMessageReceivedBytes(): number {
    return this.#openMessageBytes === 0 ? this.#headerFilled : this.#openMessageBytes - this.#payloadMissing
  }

  /** The number of complete messages. */
  get messages(): number {
    return this.#messages
  }

  /**
   * Scans the next bytes. Returns a violation, which it then repeats for every further chunk, or `null`. Flags are
   * checked as soon as they arrive, before the length. The part of a chunk before `boundary` is good even if a
   * violation follows it.
   */
  scan(chunk: Uint8Array): FrameViolation | null {
    this.#boundary = 0
    let at = 0
    while (this.#violation === null) {
      if (this.#openMessageBytes > 0) {
        const available = chunk.length - at
        if (available < this.#payloadMissing) {
          this.#payloadMissing -= available
          break
        }
        at += this.#payloadMissing
        this.#openMessageBytes = 0
        this.#boundary = at
        this.#messages++
      }
      if (at === chunk.length) break
      at = this.#readHeader(chunk, at)
    }
    return this.#violation
  }

  /** Reads a header, or the part of it that has arrived, and opens its message. Returns the offset after it. */
  #readHeader(chunk: Uint8Array, at: number): number {
    if (this.#headerFilled === 0) {
      this.#judgeFlags(chunk[at])
      // Most headers arrive whole. Reading them at once takes half the time per message.
      if (chunk.length - at >= frameHeaderBytes) {
        this.#openMessage(readFrameLength(chunk, at))
        return at + frameHeaderBytes
      }
    }
    while (at < chunk.length) {
      const byte = chunk[at++]
      if (this.#headerFilled++ === 0) continue
      // Not `<< 8`: a length of 2^31 or more would become negative.
      this.#length = this.#length * 256 + byte
      if (this.#headerFilled < frameHeaderBytes) continue
      this.#openMessage(this.#length)
      this.#headerFilled = 0
      this.#length = 0
      break
    }
    return at
  }

  #judgeFlags(flags: number): void {
    this.#flags = flags
    if ((flags & ~this.#legalFlags) === 0) return
    const kind = flags === flagCompressed ? "unexpected-compression" : "bad-flags"
    this.#violation = { kind, flags }
  }

  #openMessage(length: number): void {
    if (this.#violation !== null) return
    if (length > this.#maxMessageBytes) {
      const maxBytes = this.#maxMessageBytes
      this.#violation = { kind: "too-large", flags: this.#flags, declaredBytes: length, maxBytes }
      return
    }
    this.#openMessageBytes = frameHeaderBytes + length
    this.#payloadMissing = length
  }
}
