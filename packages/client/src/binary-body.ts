import type { BodyRead, BodyReader } from "./body-format.ts"

type Body = ReadableStream<Uint8Array<ArrayBuffer>>
type Lock =
  | { readonly kind: "chunks"; readonly reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> }
  | { readonly kind: "bytes"; readonly reader: ReadableStreamBYOBReader }

/** Room for the head of the message that follows a long one, and for a little more. */
const headBytes = 16 * 1024

/**
 * Reads a body in the chunks that it comes in or, where the body is a stream of bytes (WHATWG Streams §4.5), into memory of
 * the caller's. Read in chunks and dropped, a gigabyte left up to 450 MB of garbage on the heap of Chromium 156 at a time; in
 * memory that is used again, 10 MB.
 */
export class BinaryBody implements BodyReader {
  readonly #body: Body
  #lock: Lock
  #canFill = typeof ReadableStreamBYOBReader === "function"
  #wasInSpace = false

  constructor(body: Body) {
    this.#body = body
    this.#lock = { kind: "chunks", reader: body.getReader() }
  }

  /** No other read may be pending. */
  async read(space: Uint8Array<ArrayBuffer> | null): Promise<BodyRead> {
    // A long message often follows a long one. Of its own accord a body may give half of it, to be copied and dropped.
    const target = space ?? (this.#wasInSpace ? new Uint8Array(headBytes) : null)
    this.#switchTo(target !== null && this.#canFill ? "bytes" : "chunks")
    const lock = this.#lock
    const isInSpace = lock.kind === "bytes" && space !== null
    this.#wasInSpace = isInSpace
    const { done, value } = lock.kind === "bytes" ? await lock.reader.read(target!) : await lock.reader.read()
    return { value: done ? undefined : value, isInSpace }
  }

  cancel(reason?: unknown): Promise<void> {
    return this.#lock.reader.cancel(reason)
  }

  /** Between two reads a lock can be changed: no promise waits for it. */
  #switchTo(kind: Lock["kind"]): void {
    if (this.#lock.kind === kind) return
    this.#lock.reader.releaseLock()
    if (kind === "bytes") {
      try {
        this.#lock = { kind, reader: this.#body.getReader({ mode: "byob" }) }
        return
      } catch {
        // Not a stream of bytes, as the standard allows for a body that is none of the network's.
        this.#canFill = false
      }
    }
    this.#lock = { kind: "chunks", reader: this.#body.getReader() }
  }
}
