import { Code } from "@connectrpc/connect"
import { createFakeMethod } from "./fake-calls.ts"
import type { FakeMethod, FakeRequest } from "./fake-calls.ts"
import { createHeldClock, settle } from "../src/testing/held-clock.ts"
import type { HeldClock } from "../src/testing/held-clock.ts"
import { isRpcError, resumable, RpcError } from "../src/index.ts"
import type { CallOptions, ResumableOptions, ResumableStream } from "../src/index.ts"

/** What a stream fails with when its connection breaks. */
export const cut: RpcError = new RpcError("the connection broke", Code.Unavailable, { source: "network" })

/** A resumable stream, its clock, and the far end of its calls. */
export interface Setup extends FakeMethod {
  readonly stream: ResumableStream<string, FakeRequest>
  readonly clock: HeldClock
  /** All states so far, in words. */
  readonly states: string[]
  /** What the loop over the stream received, and at its end "end" or the name of the code. */
  readonly received: string[]
  /** Reads the stream in the background. */
  read(): void
}

/** A stream of messages that are their own cursors; chance always gives one half. */
export function setUp(options: Partial<ResumableOptions<FakeRequest, string>> = {}, callOptions?: CallOptions): Setup {
  const clock = createHeldClock()
  const fake = createFakeMethod()
  const watch = resumable(fake.method, {
    resume: (message, request) => (message === "" ? request : { after: message }),
    clock,
    random: () => 0.5,
    ...options,
  })
  const stream = watch({ after: "0" }, callOptions)
  const states: string[] = []
  stream.subscribe(() => states.push(wordsOf(stream.state)))
  const received: string[] = []
  function wordsOf(state: typeof stream.state): string {
    if (state.kind === "waiting") return `waiting ${state.untilMs - clock.nowMs()}`
    return state.kind === "connecting" ? `connecting ${state.attempt}` : state.kind
  }
  async function read(): Promise<void> {
    try {
      for await (const message of stream) received.push(message)
      received.push("end")
    } catch (error) {
      received.push(isRpcError(error) ? Code[error.code] : String(error))
    }
  }
  return { ...fake, stream, clock, states, received, read: () => void read() }
}

/** A setup whose stream has been asked for its first message. */
export async function setUpReading(...args: Parameters<typeof setUp>): Promise<Setup> {
  const setup = setUp(...args)
  setup.read()
  await settle()
  return setup
}
