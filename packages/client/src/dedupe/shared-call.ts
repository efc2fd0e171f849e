import type { DescMessage, MessageShape } from "@bufbuild/protobuf"
import { fromBinary, toBinary } from "@bufbuild/protobuf"
import type { UnaryResponse } from "@connectrpc/connect"
import { quietly } from "../quietly.ts"
import { attemptsOf, noteAttempts } from "../retry/attempt-count.ts"
import { untilAborted } from "../until-aborted.ts"

/** An answer, with the bytes of its message where several wait for it. */
interface SharedAnswer {
  readonly response: UnaryResponse
  readonly bytes: Uint8Array | undefined
}

/**
 * One request for several callers. Each waits as long as its own signal lets it; when the last one has left, the request is
 * aborted. Each gets a message and headers of its own, because messages are objects that callers may change.
 */
export class SharedCall {
  readonly #controller = new AbortController()
  readonly #answer: Promise<SharedAnswer>
  readonly #onEnd: () => void
  #callers = 0
  #isTaken = false

  /** `onEnd`: nobody may join any more. Called once or more. */
  constructor(send: (signal: AbortSignal) => Promise<UnaryResponse>, onEnd: () => void) {
    this.#onEnd = onEnd
    this.#answer = this.#land(send(this.#controller.signal))
  }

  /** The answer for one more caller; null if it cannot be copied, and the caller has to ask for one of its own. */
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
      // Fails for a proto2 message that lacks a required field, which is decoded all the same.
      const bytes = this.#callers > 1 ? quietly(() => toBinary(response.method.output, response.message)) : undefined
      return { response, bytes }
    } finally {
      this.#onEnd()
    }
  }

  /** The first to ask gets what came. The bytes were taken before, so that no change of it is seen by the others. */
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
