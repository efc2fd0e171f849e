import type { DescMessage, MessageShape } from "@bufbuild/protobuf"
import { fromBinary, toBinary } from "@bufbuild/protobuf"
import type { UnaryResponse } from "@connectrpc/connect"
import { quietly } from "../quietly.ts"
import { attemptsOf, noteAttempts } from "../retry/attempt-count.ts"
import { untilAborted } from "../until-aborted.ts"

/** An answer, with the bytes of its message if several callers wait for it. */
interface SharedAnswer {
  readonly response: UnaryResponse
  readonly bytes: Uint8Array | undefined
}

/**
 * One request for several callers. Each caller waits until its own signal aborts; when the last caller has left, the
 * request is aborted. Each caller gets its own message and headers, because callers may modify them.
 */
export class SharedCall {
  readonly #controller = new AbortController()
  readonly #answer: Promise<SharedAnswer>
  readonly #onEnd: () => void
  #callers = 0
  #isTaken = false

  /** `onEnd` is called when no further caller may join; possibly more than once. */
  constructor(send: (signal: AbortSignal) => Promise<UnaryResponse>, onEnd: () => void) {
    this.#onEnd = onEnd
    this.#answer = this.#land(send(this.#controller.signal))
  }

  /**
   * Waits for the answer on behalf of one more caller. Null if the answer cannot be copied: the caller must then send
   * its own request.
   */
  async join(signal: AbortSignal): Promise<UnaryResponse | null> {
    this.#callers++
    try {
      return this.#copyOf(await untilAborted(signal, this.#answer))
    } finally {
      const attempts = attemptsOf(this.#controller.signal)
      if (attempts !== undefined) noteAttempts(signal, attempts)
      if (--this.#callers === 0) {
        this.#onEnd()
        this.#controller.abort(signal.reason)
      }
    }
  }

  async #land(sent: Promise<UnaryResponse>): Promise<SharedAnswer> {
    try {
      const response = await sent
      // Fails for a proto2 message without a required field; decoding accepts such a message.
      const bytes = this.#callers > 1 ? quietly(() => toBinary(response.method.output, response.message)) : undefined
      return { response, bytes }
    } finally {
      this.#onEnd()
    }
  }

  /**
   * The first caller gets the original, later callers get copies. The bytes were taken before, so the copies do not
   * show changes by the first caller.
   */
  #copyOf({ response, bytes }: SharedAnswer): UnaryResponse | null {
    if (!this.#isTaken) {
      this.#isTaken = true
      return response
    }
    if (bytes === undefined) return null
    const message: MessageShape<DescMessage> = fromBinary(response.method.output, bytes)
    return { ...response, message, header: new Headers(response.header), trailer: new Headers(response.trailer) }
  }
}
