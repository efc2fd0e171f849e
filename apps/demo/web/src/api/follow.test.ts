import { RpcError } from "@causeway/client"
import { Code } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"

import { type Follower, follow, type StreamState } from "./follow.ts"
import { createHeldClock, type HeldClock, settle } from "./held-clock.ts"

const cut = new RpcError("the connection broke", Code.Unavailable, { source: "network" })

/** One call that the follower made, and the far end of it. */
interface FakeCall {
  readonly cursor: string
  readonly signal: AbortSignal
  send(...messages: string[]): Promise<void>
  end(error?: unknown): Promise<void>
}

interface Setup {
  readonly follower: Follower
  readonly clock: HeldClock
  readonly calls: FakeCall[]
  readonly received: string[]
  readonly states: StreamState[]
  /** The last call that was made. */
  readonly call: () => FakeCall
  /** The last state, in words: `waiting 500`. */
  readonly state: () => string
}

/** A follower of messages that are their own cursors; chance always gives one half. */
function setUp(onMessage: (message: string) => void = () => {}): Setup {
  const clock = createHeldClock()
  const calls: FakeCall[] = []
  const received: string[] = []
  const states: StreamState[] = []
  const follower = follow<string>({
    open(cursor, signal) {
      const { call, messages } = createFakeCall(cursor, signal)
      calls.push(call)
      return messages
    },
    cursorAfter: (message) => message,
    onMessage(message) {
      onMessage(message)
      received.push(message)
    },
    onState: (state) => states.push(state),
    onRestart: () => received.push("restart"),
    clock,
    random: () => 0.5,
  })
  return {
    follower,
    clock,
    calls,
    received,
    states,
    call: () => calls.at(-1) ?? expect.fail("no call was made"),
    state() {
      const last = states.at(-1)
      return last?.kind === "waiting" ? `waiting ${last.untilMs - clock.nowMs()}` : (last?.kind ?? "none")
    },
  }
}

function createFakeCall(cursor: string, signal: AbortSignal): { call: FakeCall; messages: AsyncIterable<string> } {
  const queue = new TransformStream<string, string>(undefined, { highWaterMark: Infinity })
  const writer = queue.writable.getWriter()
  const ignoreAfterEnd = () => {}
  signal.addEventListener("abort", () => void writer.abort(signal.reason).catch(ignoreAfterEnd))
  const call: FakeCall = {
    cursor,
    signal,
    async send(...messages) {
      for (const message of messages) void writer.write(message).catch(ignoreAfterEnd)
      await settle()
    },
    async end(error) {
      void (error === undefined ? writer.close() : writer.abort(error)).catch(ignoreAfterEnd)
      await settle()
    },
  }
  return { call, messages: queue.readable }
}

describe("follow", () => {
  it("is open with the first message, not with the call", async () => {
    const { follower, call, state, states } = setUp()
    follower.start()
    expect(state()).toBe("connecting")
    await call().send("1", "2")
    expect(states.map(({ kind }) => kind)).toEqual(["connecting", "open"])
  })

  it("goes on from the last cursor after a cut, so that nothing is lost and nothing comes twice", async () => {
    const { follower, clock, call, calls, received, state } = setUp()
    follower.start()
    await call().send("1", "2")
    await call().end(cut)
    expect(state()).toBe("waiting 500")
    await clock.advance(500)
    await call().send("3")
    expect(calls.map(({ cursor }) => cursor)).toEqual(["", "2"])
    expect(received).toEqual(["1", "2", "3"])
  })

  it("reconnects too when the stream ends as if all were said", async () => {
    const { follower, call, state } = setUp()
    follower.start()
    await call().send("1")
    await call().end()
    expect(state()).toBe("waiting 500")
  })

  it("waits longer after each failure, also when each call had connected", async () => {
    const { follower, clock, call, state } = setUp()
    follower.start()
    const waits: string[] = []
    for (let failure = 1; failure <= 6; failure += 1) {
      await call().send(String(failure))
      await call().end(cut)
      waits.push(state())
      await clock.advance(60_000)
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 7_500, 7_500].map((ms) => `waiting ${ms}`))
  })

  it("begins again with a short wait after a stream that was open for 10 s", async () => {
    const { follower, clock, call, state } = setUp()
    follower.start()
    await call().end(cut)
    await clock.advance(500)
    await call().end(cut)
    expect(state()).toBe("waiting 1000")
    await clock.advance(1_000)
    await call().send("1")
    await clock.advance(10_000)
    await call().end(cut)
    expect(state()).toBe("waiting 500")
  })

  it("says why it waits, and still while it tries again", async () => {
    const { follower, clock, call, states } = setUp()
    follower.start()
    await call().end(cut)
    await clock.advance(500)
    expect(states).toEqual([
      { kind: "connecting", error: null },
      { kind: "waiting", untilMs: 500, error: cut },
      { kind: "connecting", error: cut },
    ])
  })

  it("ends a wait at once when asked to", async () => {
    const { follower, call, calls } = setUp()
    follower.start()
    await call().end(cut)
    follower.retryNow()
    await settle()
    expect(calls).toHaveLength(2)
  })

  it("begins anew, once, when the server no longer knows the cursor", async () => {
    const { follower, call, calls, received, state } = setUp()
    const gone = new RpcError("no longer kept", Code.OutOfRange, { source: "server" })
    follower.start()
    await call().send("7")
    await call().end(gone)
    expect(calls.map(({ cursor }) => cursor)).toEqual(["", ""])
    await call().end(gone)
    expect(state()).toBe("closed")
    expect(received).toEqual(["7", "restart"])
  })

  it.each([Code.Unauthenticated, Code.PermissionDenied, Code.Unimplemented])(
    "gives up where trying again cannot help: code %i",
    async (code) => {
      const { follower, call, calls, states } = setUp()
      const error = new RpcError("no", code, { source: "server" })
      follower.start()
      await call().end(error)
      expect(states.at(-1)).toEqual({ kind: "closed", error })
      follower.start()
      expect(calls).toHaveLength(2)
    },
  )

  it("cancels the call when it is stopped, hands over nothing more, and goes on where it was", async () => {
    const { follower, call, calls, received, states } = setUp()
    follower.start()
    await call().send("1")
    const first = call()
    follower.stop()
    expect(first.signal.aborted).toBe(true)
    expect(states.at(-1)).toEqual({ kind: "closed", error: null })
    await first.send("2")
    follower.start()
    await call().send("2")
    expect(calls.map(({ cursor }) => cursor)).toEqual(["", "1"])
    expect(received).toEqual(["1", "2"])
  })

  it("makes no call after a stop in the middle of a wait", async () => {
    const { follower, clock, call, calls, state } = setUp()
    follower.start()
    await call().end(cut)
    follower.stop()
    await clock.advance(60_000)
    expect(calls).toHaveLength(1)
    expect(state()).toBe("closed")
  })

  it("runs once however often it is started", () => {
    const { follower, calls } = setUp()
    follower.start()
    follower.start()
    expect(calls).toHaveLength(1)
  })

  it("closes with the defect of who takes the messages instead of looping over it", async () => {
    const defect = new TypeError("not a function")
    const { follower, call, states } = setUp(() => {
      throw defect
    })
    follower.start()
    await call().send("1")
    expect(states.at(-1)).toEqual({ kind: "closed", error: defect })
  })
})
