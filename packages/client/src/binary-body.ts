import type { BodyRead, BodyReader, PassingBytes } from "./body-format.ts"

type Body = ReadableStream<Uint8Array<ArrayBuffer>>

/** The memory that is used again. Messages that are longer are read through it. */
export const spaceBytes: number = 512 * 1024

/**
 * Reads a body in the chunks that it comes in or, where the body is a stream of bytes (WHATWG Streams §4.5), through memory
 * that is used again. In chunks, each byte of a long message gets new memory twice, in a chunk and in the message, which
 * costs Chromium 156 more than the copy from one into the other, and leaves twice the garbage.
 */
export class BinaryBody implements BodyReader {
  readonly #body: Body
  #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | ReadableStreamBYOBReader
  /** null: the reader is one that gives chunks. */
  #space: ArrayBuffer | null = null
  #canPass = true

  constructor(body: Body) {
    this.#body = body
    this.#reader = body.getReader()
  }

  /** No other read may be pending. */
  async read(frames: PassingBytes): Promise<BodyRead> {
    const passingBytes = frames.passingBytes(spaceBytes)
    const isPassing = passingBytes > 0 && this.#canPass
    if (isPassing !== (this.#space !== null)) this.#changeReader(isPassing)
    // A reader that gives chunks does not look at what it is given.
    const space = this.#space && new Uint8Array(this.#space, 0, Math.min(passingBytes, spaceBytes))
    const read = await this.#reader.read(space!)
    // Where the memory has moved to. A body that was canceled keeps it.
    if (space) this.#space = read.value?.buffer ?? new ArrayBuffer(spaceBytes)
    return read
  }

  cancel(reason?: unknown): Promise<void> {
    return this.#reader.cancel(reason)
  }

  /** Between two reads: no promise waits for the lock. Not at each, for an unlocking is an error, and has a stack trace. */
  #changeReader(isPassing: boolean): void {
    this.#reader.releaseLock()
    this.#space = null
    if (isPassing) {
      try {
        this.#reader = this.#body.getReader({ mode: "byob" })
        this.#space = new ArrayBuffer(spaceBytes)
        return
      } catch {
        // Not a stream of bytes, as the standard allows for a body that is none of the network's.
        this.#canPass = false
      }
    }
    this.#reader = this.#body.getReader()
  }
}
