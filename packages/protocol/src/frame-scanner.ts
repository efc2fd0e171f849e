import { flagCompressed, frameHeaderBytes, readFrameLength } from "./frame.ts"
import type { FrameViolation } from "./frame.ts"

/**
 * Follows the messages of a gRPC stream without touching their payloads: it reads the five bytes before each and jumps
 * over the rest. A gRPC-Web request is a gRPC request frame by frame, so this is all that passing one on needs. Nothing is
 * allocated but a violation; time is linear in chunks and messages, not in bytes.
 */
export class FrameScanner {
  readonly #maxMessageBytes: number
  readonly #legalFlags: number
  /** Of a header that the end of a chunk cut: how many bytes came (0 to 4), and what they tell of flags and length. */
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

  /** The offset in the chunk scanned last just past its last complete message; 0 if no message ended in it. */
  get boundary(): number {
    return this.#boundary
  }

  /** True while the stream may end: every message that began is complete, and nothing was wrong. */
  get isAtBoundary(): boolean {
    return this.#headerFilled === 0 && this.#openMessageBytes === 0 && this.#violation === null
  }

  /** Header and declared payload of the message that is begun and not complete; 0 while its header is not whole. */
  get openMessageBytes(): number {
    return this.#openMessageBytes
  }

  /** How many messages are complete. */
  get messages(): number {
    return this.#messages
  }

  /**
   * Passes over the next bytes. Returns what is wrong with the stream, now and for every further chunk, or `null`. Flags
   * are judged as soon as they come, before the length. A chunk with a violation is good up to `boundary`.
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

  /** Reads a header, or the part of it that is there, and opens its message. Returns the offset of what follows. */
  #readHeader(chunk: Uint8Array, at: number): number {
    if (this.#headerFilled === 0) {
      this.#judgeFlags(chunk[at])
      if (chunk.length - at >= frameHeaderBytes) {
        this.#openMessage(readFrameLength(chunk, at))
        return at + frameHeaderBytes
      }
    }
    while (at < chunk.length) {
      const byte = chunk[at++]
      if (this.#headerFilled++ === 0) continue
      // Not `<< 8`: that would make a length from 2^31 on negative.
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
