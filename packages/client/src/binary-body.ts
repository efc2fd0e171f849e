import type { BodyRead, BodyReader } from "./body-format.ts"

type Body = ReadableStream<Uint8Array<ArrayBuffer>>

/** The memory that is used again. Messages that are longer are read through it. */
export const spaceBytes: number = 256 * 1024

/**
 * Reads a body in the chunks that it comes in or, where the body is a stream of bytes (WHATWG Streams §4.5), through memory
 * that is used again. In chunks, each byte of a long message gets new memory twice, in a chunk and in the message, which
 * costs Chromium 156 more than the copy from one into the other, and leaves twice the garbage.
 */
export class BinaryBody implements BodyReader {
  readonly #body: Body
  #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | ReadableStreamBYOBReader
  #space: ArrayBuffer | undefined

  constructor(body: Body) {
    this.#body = body
    this.#reader = body.getReader()
  }

  /** No other read may be pending: the lock is taken anew, for which nobody may wait. */
  async read(passingBytes: number): Promise<BodyRead> {
    this.#reader.releaseLock()
    const reader = passingBytes > 0 ? this.#byobReader() : null
    if (reader === null) return (this.#reader = this.#body.getReader()).read()
    this.#reader = reader
    const space = new Uint8Array(this.#space ?? new ArrayBuffer(spaceBytes), 0, Math.min(passingBytes, spaceBytes))
    const read = await reader.read(space)
    // Where the memory has moved to. A body that was canceled keeps it.
    this.#space = read.value?.buffer
    return read
  }

  cancel(reason?: unknown): Promise<void> {
    return this.#reader.cancel(reason)
  }

  /** null: the body is no stream of bytes, as the standard allows for one that is none of the network's. */
  #byobReader(): ReadableStreamBYOBReader | null {
    try {
      return this.#body.getReader({ mode: "byob" })
    } catch {
      return null
    }
  }
}
