import { base64Encode } from "@bufbuild/protobuf/wire"
import type { Call, End, Fields, StartCall } from "./call.ts"

/** Everything that a client has reported about a call. */
export interface Report extends End {
  readonly header: Fields
  /** Messages, in base64. */
  readonly messages: readonly string[]
}

/** One call by any of the clients. Records everything that the client reports. */
export class RecordedCall {
  readonly #header: (readonly [string, string])[] = []
  readonly #messages: string[] = []
  readonly #cancel: () => void
  readonly #ended = Promise.withResolvers<Report>()
  readonly #waiting: { readonly count: number; readonly resolve: () => void }[] = []

  constructor(startCall: StartCall, bridge: string, call: Call) {
    this.#cancel = startCall(bridge, call, {
      header: (fields) => this.#header.push(...fields),
      message: (bytes) => {
        this.#messages.push(base64Encode(bytes))
        for (const { count, resolve } of this.#waiting) if (this.#messages.length >= count) resolve()
      },
      // The report leaves out everything that the client reports after the end, so a case fails if it expects that.
      end: (end) => this.#ended.resolve({ ...end, header: [...this.#header], messages: [...this.#messages] }),
    })
  }

  /** Resolves when this many messages have arrived. */
  async received(count: number): Promise<void> {
    if (this.#messages.length >= count) return
    await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }))
  }

  cancel(): void {
    this.#cancel()
  }

  ended(): Promise<Report> {
    return this.#ended.promise
  }
}
