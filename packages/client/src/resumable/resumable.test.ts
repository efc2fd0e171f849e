import { Code } from "@connectrpc/connect"
import type { ConnectError } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"
import { createFakeMethod } from "../../test/fake-calls.ts"
import type { FakeMethod, FakeRequest } from "../../test/fake-calls.ts"
import { createHeldClock, settle } from "../testing/held-clock.ts"
import type { HeldClock } from "../testing/held-clock.ts"
import { isRpcError, RpcError } from "../rpc-error.ts"
import type { CallOptions } from "../create-client.ts"
import { resumable } from "./resumable.ts"
import type { ResumableOptions, ResumableStream } from "./resumable.ts"

const cut = new RpcError("the connection broke", Code.Unavailable, { source: "network" })

interface Setup extends FakeMethod {
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
function setUp(options: Partial<ResumableOptions<FakeRequest, string>> = {}, callOptions?: CallOptions): Setup {
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
async function setUpReading(...args: Parameters<typeof setUp>): Promise<Setup> {
  const setup = setUp(...args)
  setup.read()
  await settle()
  return setup
}

describe("a resumable stream", () => {
  it("calls nothing before the first message is asked for", async () => {
    const { stream, calls } = setUp()
    await settle()
    expect(calls).toHaveLength(0)
    expect(stream.state).toEqual({ kind: "connecting", attempt: 1, error: null })
  })

  it("is open with the head of the answer", async () => {
    const { call, stream } = await setUpReading()
    expect(stream.state.kind).toBe("connecting")
    await call().answer()
    expect(stream.state.kind).toBe("open")
  })

  it("is open with the first message, over a method that tells of no head", async () => {
    const { call, states } = await setUpReading()
    await call().send("1", "2")
    expect(states).toEqual(["connecting 1", "open"])
  })

  it("goes on after the last message, so that nothing is lost and nothing comes twice", async () => {
    const { call, calls, clock, received, states } = await setUpReading()
    await call().send("1", "2")
    await call().end(cut)
    await clock.advance(500)
    await call().send("3")
    expect(calls.map(({ request }) => request.after)).toEqual(["0", "2"])
    expect(received).toEqual(["1", "2", "3"])
    expect(states).toEqual(["connecting 1", "open", "waiting 500", "connecting 2", "open"])
  })

  it("goes on after the last place, where the last message marks none", async () => {
    const { call, calls, clock } = await setUpReading()
    await call().send("1", "2", "")
    await call().end(cut)
    await clock.advance(500)
    expect(calls[1].request.after).toBe("2")
  })

  it("asks for the same again when it was cut before any message", async () => {
    const { call, calls, clock } = await setUpReading()
    await call().end(cut)
    await clock.advance(500)
    expect(calls.map(({ request }) => request.after)).toEqual(["0", "0"])
  })

  it("ends where the answer ends with OK", async () => {
    const { call, calls, received, stream } = await setUpReading()
    await call().send("1")
    await call().end()
    expect(received).toEqual(["1", "end"])
    expect(stream.state).toEqual({ kind: "closed", error: null })
    expect(calls).toHaveLength(1)
  })

  it("goes on after an end with OK when it is endless", async () => {
    const { call, calls, clock, states } = await setUpReading({ isEndless: true })
    await call().send("1")
    await call().end()
    expect(states.at(-1)).toBe("waiting 500")
    await clock.advance(500)
    expect(calls[1].request.after).toBe("1")
  })

  it("says what it would ask for next, which counts what was taken alone", async () => {
    const { call, stream } = setUp()
    const messages = stream[Symbol.asyncIterator]()
    const first = messages.next()
    await call().send("1", "2")
    expect(await first).toEqual({ done: false, value: "1" })
    expect(stream.nextRequest).toEqual({ after: "1" })
    await messages.next()
    expect(stream.nextRequest).toEqual({ after: "2" })
  })

  it("says a state by the same object until it changes", async () => {
    const { stream, call } = await setUpReading()
    const { state } = stream
    expect(stream.state).toBe(state)
    await call().answer()
    expect(stream.state).not.toBe(state)
  })

  it("can be iterated once", () => {
    const { stream } = setUp()
    stream[Symbol.asyncIterator]()
    expect(() => stream[Symbol.asyncIterator]()).toThrow("only once")
  })

  it.each(["healthyMs", "initialBackoffMs", "maxBackoffMs"])("refuses a %s that is no time", (name) => {
    expect(() => setUp({ [name]: NaN })).toThrow(`resumable: ${name} is NaN`)
  })
})

describe("the wait before an attempt", () => {
  it("grows with each failure in a row, also when each attempt had connected", async () => {
    const { call, clock, states } = await setUpReading({ maxBackoffMs: 15_000 })
    for (let failure = 1; failure <= 6; failure++) {
      await call().send(String(failure))
      await call().end(cut)
      await clock.advance(60_000)
    }
    const waits = states.filter((state) => state.startsWith("waiting"))
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 7_500, 7_500].map((ms) => `waiting ${ms}`))
  })

  it.each([
    [9_999, "waiting 1000"],
    [10_000, "waiting 500"],
  ])("after a stream that was open for %i ms is the one of %s", async (openForMs, expected) => {
    const { call, clock, states } = await setUpReading()
    await call().end(cut)
    await clock.advance(500)
    await call().answer()
    await clock.advance(openForMs)
    await call().end(cut)
    expect(states.at(-1)).toBe(expected)
  })

  it("does not count the time that an attempt took to connect as health", async () => {
    const { call, clock, states } = await setUpReading()
    await call().end(cut)
    await clock.advance(500)
    await clock.advance(60_000)
    await call().end(cut)
    expect(states.at(-1)).toBe("waiting 1000")
  })

  it("says why, and still while the next attempt connects", async () => {
    const { call, clock, stream } = await setUpReading()
    await call().end(cut)
    expect(stream.state).toEqual({ kind: "waiting", attempt: 2, untilMs: 500, error: cut })
    await clock.advance(500)
    expect(stream.state).toEqual({ kind: "connecting", attempt: 2, error: cut })
  })

  it("ends at once on reconnectNow", async () => {
    const { call, calls, stream } = await setUpReading()
    await call().end(cut)
    stream.reconnectNow()
    await settle()
    expect(calls).toHaveLength(2)
  })
})

describe("Q25: pages that lost the same bridge", () => {
  it("come back spread over the whole wait, and over a longer one each time", async () => {
    const attempts = [1, 2, 3]
    const pages = await Promise.all(
      Array.from({ length: 100 }, (_, page) => setUpReading({ random: () => page / 100 })),
    )
    for (const attempt of attempts) {
      await Promise.all(pages.map(({ call }) => call().end(cut)))
      const waits = pages.map(({ states }) => Number(states.at(-1)?.replace("waiting ", "")))
      const step = (1_000 * 2 ** (attempt - 1)) / 100
      expect(waits).toEqual(Array.from({ length: 100 }, (_, page) => expect.closeTo(page * step, 6)))
      await Promise.all(pages.map(({ clock }) => clock.advance(4_000)))
      await Promise.all(pages.map(({ call }) => call().answer()))
    }
  })
})

describe("Q24: the headers of a stream", () => {
  it("are resolved anew for each attempt, because each is a call of its own", async () => {
    const tokens: string[] = []
    let token = "first"
    const fake = createFakeMethod()
    const clock = createHeldClock()
    const authorized = (request: FakeRequest, options?: CallOptions): AsyncIterable<string> => {
      tokens.push(token)
      return fake.method(request, options)
    }
    const watch = resumable(authorized, { resume: (after) => ({ after }), clock, random: () => 0.5 })
    const ended = watch({ after: "0" })[Symbol.asyncIterator]().next()
    await settle()
    token = "second"
    await fake.call().end(cut)
    await clock.advance(500)
    await fake.call().end()
    await ended
    expect(tokens).toEqual(["first", "second"])
  })
})

describe("an error", () => {
  it.each<[name: string, error: ConnectError]>([
    ["UNAVAILABLE of the service", new RpcError("draining", Code.Unavailable, { source: "server" })],
    ["UNAVAILABLE of a proxy", new RpcError("HTTP 503", Code.Unavailable, { source: "http" })],
    ["of the network, whatever its code", new RpcError("lost", Code.DataLoss, { source: "network" })],
  ])("%s is tried again", async (_name, error) => {
    const { call, states } = await setUpReading()
    await call().end(error)
    expect(states.at(-1)).toBe("waiting 500")
  })

  it.each([
    Code.Unauthenticated,
    Code.PermissionDenied,
    Code.Unimplemented,
    Code.NotFound,
    Code.InvalidArgument,
    Code.OutOfRange,
    Code.DeadlineExceeded,
    Code.Internal,
  ])("with code %i ends the stream", async (code) => {
    const error = new RpcError("no", code, { source: "server" })
    const { call, calls, received, stream } = await setUpReading()
    await call().send("1")
    await call().end(error)
    expect(received).toEqual(["1", Code[code]])
    expect(stream.state).toEqual({ kind: "closed", error })
    expect(calls).toHaveLength(1)
  })

  it("is tried again, or not, as shouldResume says, which knows the default", async () => {
    const asked: [code: Code, byDefault: boolean][] = []
    const shouldResume = ({ code }: ConnectError, byDefault: boolean): boolean => {
      asked.push([code, byDefault])
      return code === Code.Internal
    }
    const { call, clock, received } = await setUpReading({ shouldResume })
    await call().end(new RpcError("reset", Code.Internal, { source: "server" }))
    await clock.advance(500)
    await call().end(cut)
    expect(asked).toEqual([
      [Code.Internal, false],
      [Code.Unavailable, true],
    ])
    expect(received).toEqual(["Unavailable"])
  })

  it("of a function of the options ends the stream, and is its cause", async () => {
    const defect = new TypeError("not a function")
    const fail = (): never => {
      throw defect
    }
    for (const options of [{ resume: fail }, { shouldResume: fail }]) {
      const { call, stream, received } = await setUpReading(options)
      await call().send("1")
      await call().end(cut)
      expect(stream.state).toMatchObject({ kind: "closed", error: { code: Code.Unknown, cause: defect } })
      expect(received.at(-1)).toBe("Unknown")
    }
  })
})

describe("restart", () => {
  const gone = new RpcError("no longer kept", Code.OutOfRange, { source: "server" })

  it("goes on at once with another request when the server no longer knows the place", async () => {
    const { call, calls, received } = await setUpReading({ restart: () => ({ after: "0" }) })
    await call().send("7")
    await call().end(gone)
    await call().send("9")
    expect(calls.map(({ request }) => request.after)).toEqual(["0", "0"])
    expect(received).toEqual(["7", "9"])
  })

  it("is not asked a second time without a message in between", async () => {
    const asked: FakeRequest[] = []
    const { call, calls, stream } = await setUpReading({
      restart(_error, request) {
        asked.push(request)
        return { after: "0" }
      },
    })
    await call().send("7")
    await call().end(gone)
    await call().end(gone)
    expect(asked).toEqual([{ after: "7" }])
    expect(calls).toHaveLength(2)
    expect(stream.state).toEqual({ kind: "closed", error: gone })
  })

  it("gives up where it gives no request", async () => {
    const { call, calls, received } = await setUpReading({ restart: () => undefined })
    await call().end(gone)
    expect(received).toEqual(["OutOfRange"])
    expect(calls).toHaveLength(1)
  })
})

describe("the consumer that leaves", () => {
  const phases: [phase: string, bring: (setup: Setup) => Promise<void>][] = [
    ["while it connects", async () => {}],
    ["while it is open", ({ call }) => call().answer()],
    ["while it waits", ({ call }) => call().end(cut)],
  ]

  it.each(phases)("%s, by return(), ends it at once and for good", async (_phase, bring) => {
    const { stream, calls, call, clock } = setUp()
    const messages = stream[Symbol.asyncIterator]()
    const pending = messages.next()
    await settle()
    await bring({ call } as Setup)
    await messages.return?.()
    expect(await pending).toEqual({ done: true, value: undefined })
    expect(call().signal.aborted).toBe(true)
    expect(stream.state).toEqual({ kind: "closed", error: null })
    await clock.advance(60_000)
    stream.reconnectNow()
    await settle()
    expect(calls).toHaveLength(1)
  })

  it.each(phases)("%s, by its signal, ends it with CANCELED and the signal's reason", async (_phase, bring) => {
    const controller = new AbortController()
    const setup = await setUpReading({}, { signal: controller.signal })
    await bring(setup)
    const { stream, calls, call, clock, received } = setup
    const reason = new Error("logged out")
    controller.abort(reason)
    await settle()
    expect(received).toEqual(["Canceled"])
    expect(call().signal.aborted).toBe(true)
    expect(stream.state).toMatchObject({ kind: "closed", error: { code: Code.Canceled, cause: reason } })
    await clock.advance(60_000)
    expect(calls).toHaveLength(1)
  })

  it("by break cancels the call, and leaves the messages after it for a later one", async () => {
    const { stream, call } = setUp()
    const loop = (async () => {
      for await (const message of stream) if (message === "2") break
    })()
    await settle()
    await call().send("1", "2", "3")
    await loop
    expect(call().signal.aborted).toBe(true)
    expect(stream.nextRequest).toEqual({ after: "2" })
  })

  it("by the end of an await using block cancels the call", async () => {
    const fake = createFakeMethod()
    {
      await using stream = resumable(fake.method, { resume: (after) => ({ after }) })({ after: "0" })
      void stream[Symbol.asyncIterator]().next()
      await settle()
    }
    expect(fake.call().signal.aborted).toBe(true)
  })

  it("before the first message was asked for has called nothing", async () => {
    const { stream, calls } = setUp({}, { signal: AbortSignal.abort() })
    await expect(stream[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: Code.Canceled })
    const { stream: left, calls: none } = setUp()
    const messages = left[Symbol.asyncIterator]()
    await messages.return?.()
    expect(await messages.next()).toEqual({ done: true, value: undefined })
    expect([...calls, ...none]).toEqual([])
  })
})

describe("a busy consumer", () => {
  it("has one message read ahead of it, and no more", async () => {
    const { stream, call } = setUp()
    const messages = stream[Symbol.asyncIterator]()
    const first = messages.next()
    await settle()
    await call().send("1", "2", "3")
    await first
    await settle()
    expect(call().askedFor).toBe(2)
    expect((await messages.next()).value).toBe("2")
    await settle()
    expect(call().askedFor).toBe(3)
  })

  it("does not hold back the mending of a cut", async () => {
    const { stream, call, calls, clock } = setUp()
    const messages = stream[Symbol.asyncIterator]()
    const first = messages.next()
    await settle()
    await call().send("1")
    await first
    await call().end(cut)
    await clock.advance(500)
    expect(calls).toHaveLength(2)
    await call().send("2")
    expect((await messages.next()).value).toBe("2")
  })

  it("keeps the message that was read ahead when the attempt is dropped", async () => {
    const { stream, call, calls } = setUp()
    const messages = stream[Symbol.asyncIterator]()
    const first = messages.next()
    await settle()
    await call().send("1", "2")
    await first
    stream.reconnectNow()
    await settle()
    expect((await messages.next()).value).toBe("2")
    await settle()
    expect(calls.map(({ request }) => request.after)).toEqual(["0", "2"])
    await call().send("3")
    expect((await messages.next()).value).toBe("3")
  })

  it("may ask for several messages at once, which come in order", async () => {
    const { stream, call } = setUp()
    const messages = stream[Symbol.asyncIterator]()
    const all = Promise.all([messages.next(), messages.next(), messages.next(), messages.next()])
    await settle()
    await call().send("1", "2", "3")
    await call().end()
    expect((await all).map(({ value }) => value)).toEqual(["1", "2", "3", undefined])
  })
})

describe("reconnectNow", () => {
  it("drops an attempt that hangs, or that is open, and counts it as no failure", async () => {
    const { call, calls, stream, states } = await setUpReading()
    stream.reconnectNow()
    await settle()
    await call().send("1")
    stream.reconnectNow()
    await settle()
    expect(calls.map(({ signal }) => signal.aborted)).toEqual([true, true, false])
    expect(calls[2].request.after).toBe("1")
    expect(states).toEqual(["connecting 1", "connecting 1", "open", "connecting 1"])
  })
})
