import { frameHeaderBytes, readFrameLength } from "@causeway/protocol"

/** Connect protocol, "Streaming-Response": the flag of the message that ends every stream. */
const endStreamFlag = 0b10

/**
 * Follows the messages of a Connect stream, each with flags and length before it, to detect the message that ends the
 * stream.
 */
export class EnvelopeScanner {
  readonly #header = new Uint8Array(frameHeaderBytes)
  #headerFilled = 0
  #payloadMissing = 0
  #hasEnded = false

  /** True once the message that ends the stream is complete. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  scan(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      if (this.#headerFilled < frameHeaderBytes) {
        this.#header[this.#headerFilled++] = chunk[at++]
        if (this.#headerFilled < frameHeaderBytes) continue
        this.#payloadMissing = readFrameLength(this.#header, 0)
      }
      const passed = Math.min(this.#payloadMissing, chunk.length - at)
      at += passed
      this.#payloadMissing -= passed
      if (this.#payloadMissing > 0) continue
      this.#headerFilled = 0
      if ((this.#header[0] & endStreamFlag) !== 0) this.#hasEnded = true
    }
  }
}
