/** What a backend knows of a call. */
export interface ReceivedCall {
  /** All values of a name, in order; those of a `-bin` name in base64. */
  values(name: string): readonly string[]
  /** What was left of the caller's time when the call came; Infinity: no deadline. */
  readonly timeoutMs: number
  /** Resolves when the caller has given the call up. */
  readonly cancelled: Promise<void>
}

/** The calls that a backend has received, found by the `x-tag` that the test has put into them. */
export class CallLog {
  readonly #calls = new Map<string, PromiseWithResolvers<ReceivedCall>>()

  /** Resolves when the call has come. */
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
