/** The backend's view of a call. */
export interface ReceivedCall {
  /** Returns all values of a name, in order. Values of a `-bin` name are base64. */
  values(name: string): readonly string[]
  /** The time that remained before the deadline when the call arrived, in milliseconds. Infinity: no deadline. */
  readonly timeoutMs: number
  /** Resolves when the caller has cancelled the call. */
  readonly cancelled: Promise<void>
}

/** The calls that a backend has received. Each is found by the `x-tag` that its test has set. */
export class CallLog {
  readonly #calls = new Map<string, PromiseWithResolvers<ReceivedCall>>()

  /** Resolves when the call has arrived. */
  find(tag: string): Promise<ReceivedCall> {
    return this.#entry(tag).promise
  }

  note(call: ReceivedCall): void {
    this.#entry(String(call.values("x-tag")[0])).resolve(call)
  }

  #entry(tag: string): PromiseWithResolvers<ReceivedCall> {
    const entry = this.#calls.get(tag) ?? Promise.withResolvers<ReceivedCall>()
    this.#calls.set(tag, entry)
    return entry
  }
}
