import { Code, flagTrailer, FrameDecoder } from "@causeway/protocol"
import type { Frame, FrameViolation } from "@causeway/protocol"
import { abortError } from "./abort-error.ts"
import type { BodyRead, BodyReader } from "./body-format.ts"
import { brokenAnswer, cutAnswer } from "./network-error.ts"
import { RpcError } from "./rpc-error.ts"
import type { SilenceLimits } from "./silence-limits.ts"
import { withinGrace } from "./within-grace.ts"

/** Called with a promise for bytes; returns a promise that settles in the same way. */
export type Watched = ReturnType<SilenceLimits["watch"]>

/** The result of the pending read. An error of the network has a cause; an error of the body's format has none. */
type Ahead = BodyRead | RpcError

/**
 * Reads a response body as frames, one chunk for each request. It holds the current chunk, the chunk after it, and the
 * incomplete message.
 *
 * One read is always pending: otherwise Safari withholds a chunk until the next one arrives (WebKit bug 322545).
 */
export class FrameReader {
  readonly #reader: BodyReader
  readonly #signal: AbortSignal
  readonly #watched: Watched
  readonly #decoder: FrameDecoder
  #ahead: Promise<Ahead>
  #violation: FrameViolation | null = null

  /** Releases the body when `signal` aborts. */
  constructor(reader: BodyReader, signal: AbortSignal, watched: Watched, maxMessageBytes: number) {
    this.#reader = reader
    this.#signal = signal
    this.#watched = watched
    this.#decoder = new FrameDecoder({ maxMessageBytes })
    // `fetch` should error the body on an abort, but not every implementation always does (undici 1940).
    signal.addEventListener("abort", this.#cancel)
    if (signal.aborted) this.#cancel()
    this.#ahead = this.#read()
  }

  /** The frames of the next chunk, possibly none. Null when the body has ended between two frames. */
  async read(): Promise<readonly Frame[] | null> {
    if (this.#violation !== null) throw violationError(this.#violation)
    const ahead = await this.#ahead
    // A canceled body ends like a complete body, so the signal is checked first.
    if (this.#signal.aborted) throw abortError(this.#signal)
    if (ahead instanceof RpcError) throw ahead
    if (ahead.done) {
      if (!this.#decoder.isAtBoundary) throw cutAnswer("inside a message")
      return null
    }
    const frames: Frame[] = []
    // Thrown by the next read, so that the good frames before it are delivered, however the bytes were cut into chunks.
    this.#violation = this.#decoder.push(ahead.value, (frame) => frames.push(frame))
    this.#ahead = this.#read()
    return frames
  }

  /**
   * Called after the trailers: whether nothing follows them. A body that breaks now, or does not end within the grace
   * time, counts as complete.
   */
  async isAtEnd(): Promise<boolean> {
    if (this.#violation !== null || !this.#decoder.isAtBoundary) return false
    for (;;) {
      const ahead = await withinGrace(this.#ahead)
      if (ahead === undefined || this.#signal.aborted) return true
      if (ahead instanceof RpcError) return ahead.cause !== undefined
      if (ahead.done) return true
      if (ahead.value.length > 0) return false
      this.#ahead = this.#read()
    }
  }

  /** Never rejects: no caller may be waiting when the read fails. */
  #read(): Promise<Ahead> {
    return this.#watched(this.#reader.read(this.#decoder)).catch(brokenAnswer)
  }

  #cancel = (): void => {
    // Rejects if the body broke before; `read` reports that.
    this.#reader.cancel(this.#signal.reason).catch(() => {})
  }
}

/** The only violation of a decoder that accepts any flags is "too-large". */
function violationError(violation: FrameViolation): RpcError {
  const { flags, declaredBytes, maxBytes } = violation as FrameViolation & { readonly kind: "too-large" }
  const [what, option] = flags & flagTrailer ? ["trailers", ""] : ["a message", " (maxMessageBytes)"]
  const why = `the answer has ${what} of ${declaredBytes} bytes; the limit is ${maxBytes}${option}`
  return new RpcError(why, Code.ResourceExhausted, { source: "client" })
}
