import type { CallOptions } from "../src/index.ts"
import { expect } from "vitest"
import { settle } from "../src/testing/held-clock.ts"

/** The request of a fake call: what it goes on after. */
export interface FakeRequest {
  readonly after: string
}

/** One call of a fake method, and the far end of it. */
export interface FakeCall {
  readonly request: FakeRequest
  readonly signal: AbortSignal
  /** How many messages were asked for. */
  askedFor: number
  /** Sends the head of the answer. */
  answer(): Promise<void>
  send(...messages: string[]): Promise<void>
  /** Ends the answer, with OK if no error is given. */
  end(error?: Error): Promise<void>
}

/** A server-streaming method whose calls are answered by hand. */
export interface FakeMethod {
  readonly method: (request: FakeRequest, options?: CallOptions) => AsyncIterable<string>
  readonly calls: FakeCall[]
  /** The last call that was made. */
  readonly call: () => FakeCall
}

export function createFakeMethod(): FakeMethod {
  const calls: FakeCall[] = []
  return {
    calls,
    call: () => calls.at(-1) ?? expect.fail("no call was made"),
    method(request, options = {}) {
      const { call, messages } = createCall(request, options)
      calls.push(call)
      return messages
    },
  }
}

/** What the far end did: sent a message, or ended the answer. */
type Step = { readonly message: string } | { readonly error: Error | undefined }

function createCall(
  request: FakeRequest,
  { signal = new AbortController().signal, onHeader }: CallOptions,
): { call: FakeCall; messages: AsyncIterable<string> } {
  const steps: Step[] = []
  let wake = (): void => {}
  const push = (step: Step): Promise<void> => {
    steps.push(step)
    wake()
    return settle()
  }
  signal.addEventListener("abort", () => {
    steps.length = 0
    void push({ error: signal.reason as Error })
  })
  const call: FakeCall = {
    request,
    signal,
    askedFor: 0,
    async answer() {
      onHeader?.(new Headers())
      await settle()
    },
    async send(...messages) {
      for (const message of messages) await push({ message })
    },
    end: (error) => push({ error }),
  }
  async function next(): Promise<IteratorResult<string, undefined>> {
    call.askedFor++
    while (steps.length === 0) await new Promise<void>((resolve) => (wake = resolve))
    const step = steps[0]
    if ("message" in step) return { done: false, value: (steps.shift(), step.message) }
    if (step.error !== undefined) throw step.error
    return { done: true, value: undefined }
  }
  return { call, messages: { [Symbol.asyncIterator]: () => ({ next }) } }
}
