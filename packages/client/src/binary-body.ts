import type { BodyRead, BodyReader, SpareBytes } from "./body-format.ts"

type Body = ReadableStream<Uint8Array<ArrayBuffer>>

/** The size of the reused buffer, in bytes. Longer messages are read through it. */
export const spaceBytes: number = 512 * 1024

/**
 * Reads a body chunk by chunk or, if the body is a stream of bytes (WHATWG Streams §4.5), through a reused buffer. Read
 * by chunks, each byte of a long message is allocated twice, in a chunk and in the message. In Chromium 156 this costs
 * more than a copy into the message, and it leaves twice the garbage.
 */
export class BinaryBody implements BodyReader {
  readonly #body: Body
  #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | ReadableStreamBYOBReader
  /** The reused buffer. null: the current reader returns chunks. */
  #space: ArrayBuffer | null = null
  #canReuse = true

  constructor(body: Body) {
    this.#body = body
    this.#reader = body.getReader()
  }

  /** Reads on. No other read may be pending. */
  async read(frames: SpareBytes): Promise<BodyRead> {
    const spareBytes = frames.spareBytes(spaceBytes)
    const isReusing = spareBytes > 0 && this.#canReuse
    if (isReusing !== (this.#space !== null)) this.#changeReader(isReusing)
    // A reader that returns chunks ignores its argument.
    const space = this.#space && new Uint8Array(this.#space, 0, Math.min(spareBytes, spaceBytes))
    const read = await this.#reader.read(space!)
    // Takes the buffer back from the result. A canceled body does not return it.
    if (space) this.#space = read.value?.buffer ?? new ArrayBuffer(spaceBytes)
    return read
  }

  cancel(reason?: unknown): Promise<void> {
    return this.#reader.cancel(reason)
  }

  /**
   * Switches between chunks and the reused buffer. Runs between two reads, so no promise waits for the lock. It must be
   * rare: `releaseLock` creates an error with a stack trace.
   */
  #changeReader(isReusing: boolean): void {
    this.#reader.releaseLock()
    this.#space = null
    if (isReusing) {
      try {
        this.#reader = this.#body.getReader({ mode: "byob" })
        this.#space = new ArrayBuffer(spaceBytes)
        return
      } catch {
        // The body is not a stream of bytes. The standard allows that for bodies that do not come from the network.
        this.#canReuse = false
      }
    }
    this.#reader = this.#body.getReader()
  }
}
