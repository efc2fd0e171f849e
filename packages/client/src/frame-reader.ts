import { Code, flagCompressed, flagTrailer, FrameDecoder } from "@causeway/protocol"
import type { Frame, FrameViolation } from "@causeway/protocol"
import { abortError } from "./abort-error.ts"
import { spaceBytes } from "./binary-body.ts"
import type { BodyRead, BodyReader } from "./body-format.ts"
import { brokenAnswer, cutAnswer } from "./network-error.ts"
import { RpcError } from "./rpc-error.ts"
import type { SilenceLimits } from "./silence-limits.ts"
import { withinGrace } from "./within-grace.ts"

/** Called with a wait for bytes; settles as it does. */
export type Watched = ReturnType<SilenceLimits["watch"]>

type Ahead = BodyRead | { readonly failure: unknown }

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
    if ("failure" in ahead) throw brokenAnswer(ahead.failure)
    if (ahead.done) {
      if (!this.#decoder.isAtBoundary) throw cutAnswer("inside a message")
      return null
    }
    const frames: Frame[] = []
    // Thrown at the next read: the frames before it are good, however the bytes were cut into chunks.
    let badFlags: FrameViolation | null = null
    const onFrame = (frame: Frame): void => {
      if (frame.flags & ~(flagTrailer | flagCompressed)) badFlags ??= { kind: "bad-flags", flags: frame.flags }
      if (badFlags === null) frames.push(frame)
    }
    const violation = this.#decoder.push(ahead.value, onFrame)
    this.#violation = badFlags ?? violation
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
      if (ahead === undefined) return true
      if ("failure" in ahead) return !(ahead.failure instanceof RpcError)
      if (ahead.done) return true
      if (ahead.value.length > 0) return false
      this.#ahead = this.#read()
    }
  }

  /** Never rejects: nobody may be waiting for it when it fails. */
  async #read(): Promise<Ahead> {
    try {
      return await this.#watched(this.#reader.read(this.#decoder.passingBytes(spaceBytes)))
    } catch (failure) {
      return { failure }
    }
  }

  #cancel = (): void => {
    // Rejects if the body broke before, which whoever reads it learns.
    this.#reader.cancel(this.#signal.reason).catch(() => {})
  }
}

function violationError(violation: FrameViolation): RpcError {
  if (violation.kind === "too-large") {
    const { flags, declaredBytes, maxBytes } = violation
    const isTrailer = (flags & flagTrailer) !== 0
    const what = isTrailer ? "trailers" : "a message"
    const limit = `${maxBytes}${isTrailer ? "" : " (maxMessageBytes)"}`
    const why = `the answer has ${what} of ${declaredBytes} bytes; the limit is ${limit}`
    return new RpcError(why, Code.ResourceExhausted, { source: "client" })
  }
  return flagsError(violation.flags)
}

function flagsError(flags: number): RpcError {
  const why = `the answer is not gRPC-Web: a frame has the flags 0x${flags.toString(16).padStart(2, "0")}`
  return new RpcError(why, Code.Internal, { source: "protocol" })
}
