import type * as grpc from "@grpc/grpc-js"

/** What the backend knows of a call. */
export interface ReceivedCall {
  /** All values of a name, in order; those of a `-bin` name in base64. */
  values(name: string): readonly string[]
  /** What was left of the caller's time when the call came; Infinity: no deadline. */
  readonly timeoutMs: number
  /** Resolves when the caller has given the call up. */
  readonly cancelled: Promise<void>
}

/** What all kinds of grpc-js's calls have. */
export interface ServerCall {
  readonly metadata: grpc.Metadata
  getDeadline(): grpc.Deadline
  on(event: "cancelled", listener: () => void): unknown
}

/** The calls that a backend has received, found by the `x-tag` that the test has put into them. */
export class CallLog {
  readonly #calls = new Map<string, PromiseWithResolvers<ReceivedCall>>()

  /** Resolves when the call has come. */
  find(tag: string): Promise<ReceivedCall> {
    return this.#entry(tag).promise
  }

  note(call: ServerCall): void {
    const { promise: cancelled, resolve } = Promise.withResolvers<void>()
    call.on("cancelled", resolve)
    const deadline = call.getDeadline()
    this.#entry(String(call.metadata.get("x-tag")[0])).resolve({
      values: (name) =>
        call.metadata.get(name).map((value) => (typeof value === "string" ? value : value.toString("base64"))),
      timeoutMs: (deadline instanceof Date ? deadline.getTime() : deadline) - Date.now(),
      cancelled,
    })
  }

  #entry(tag: string): PromiseWithResolvers<ReceivedCall> {
    const entry = this.#calls.get(tag) ?? Promise.withResolvers<ReceivedCall>()
    this.#calls.set(tag, entry)
    return entry
  }
}
