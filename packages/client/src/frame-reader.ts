import { Code, flagTrailer, FrameDecoder } from "@causeway/protocol"
import type { Frame, FrameViolation } from "@causeway/protocol"
import { abortError } from "./abort-error.ts"
import type { BodyRead, BodyReader } from "./body-format.ts"
import { brokenAnswer, cutAnswer } from "./network-error.ts"
import { RpcError } from "./rpc-error.ts"
import type { SilenceLimits } from "./silence-limits.ts"
import { withinGrace } from "./within-grace.ts"

/** Called with a wait for bytes; settles as it does. */
export type Watched = ReturnType<SilenceLimits["watch"]>

/** An error is of the network, and then has its cause, or of the body's format. */
type Ahead = BodyRead | RpcError

/**
 * Reads a response body as frames, a chunk at a time as they are asked for: what is held is the chunk at hand, the one
 * after it, and the message that is not whole yet.
 *
 * One read is always pending. Safari withholds a chunk until the next one comes if none is (WebKit bug 322545).
 */
export class FrameReader {
  readonly #reader: BodyReader
  readonly #signal: AbortSignal
  readonly #watched: Watched
  readonly #decoder: FrameDecoder
  #ahead: Promise<Ahead>
  #violation: FrameViolation | null = null

  /** Lets go of the body when `signal` aborts. */
  constructor(reader: BodyReader, signal: AbortSignal, watched: Watched, maxMessageBytes: number) {
    this.#reader = reader
    this.#signal = signal
    this.#watched = watched
    this.#decoder = new FrameDecoder({ maxMessageBytes })
    // `fetch` errors the body on an abort, but not every implementation does it at each moment (undici 1940).
    signal.addEventListener("abort", this.#cancel)
    if (signal.aborted) this.#cancel()
    this.#ahead = this.#read()
  }

  /** The frames of the next chunk, perhaps none; null when the body has ended between two frames. */
  async read(): Promise<readonly Frame[] | null> {
    if (this.#violation !== null) throw violationError(this.#violation)
    const ahead = await this.#ahead
    // A canceled body ends like a complete one.
    if (this.#signal.aborted) throw abortError(this.#signal)
    if (ahead instanceof RpcError) throw ahead
    if (ahead.done) {
      if (!this.#decoder.isAtBoundary) throw cutAnswer("inside a message")
      return null
    }
    const frames: Frame[] = []
    // Thrown at the next read: the frames before it are good, however the bytes were cut into chunks.
    this.#violation = this.#decoder.push(ahead.value, (frame) => frames.push(frame))
    this.#ahead = this.#read()
    return frames
  }

  /**
   * Asked after the trailers: whether nothing follows. A body that breaks now, or does not end within the grace time, has
   * said all that it had to say.
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

  /** Never rejects: nobody may be waiting for it when it fails. */
  #read(): Promise<Ahead> {
    return this.#watched(this.#reader.read(this.#decoder)).catch(brokenAnswer)
  }

  #cancel = (): void => {
    // Rejects if the body broke before, which whoever reads it learns.
    this.#reader.cancel(this.#signal.reason).catch(() => {})
  }
}

/** A decoder that accepts any flags knows no other violation. */
function violationError(violation: FrameViolation): RpcError {
  const { flags, declaredBytes, maxBytes } = violation as FrameViolation & { readonly kind: "too-large" }
  const [what, option] = flags & flagTrailer ? ["trailers", ""] : ["a message", " (maxMessageBytes)"]
  const why = `the answer has ${what} of ${declaredBytes} bytes; the limit is ${maxBytes}${option}`
  return new RpcError(why, Code.ResourceExhausted, { source: "client" })
}
