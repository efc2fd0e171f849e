import { Code } from "@connectrpc/connect"
import type { ConnectError } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"
import type { FakeRequest } from "../../test/fake-calls.ts"
import { cut, setUp, setUpReading } from "../../test/resumable-setup.ts"
import { RpcError } from "../rpc-error.ts"
import { settle } from "../testing/held-clock.ts"

describe("a resumable stream", () => {
  it("makes no call before the first message is requested", async () => {
    const { stream, calls } = setUp()
    await settle()
    expect(calls).toHaveLength(0)
    expect(stream.state).toEqual({ kind: "connecting", attempt: 1, error: null })
  })

  it("is open once the head of the answer has arrived", async () => {
    const { call, stream } = await setUpReading()
    expect(stream.state.kind).toBe("connecting")
    await call().answer()
    expect(stream.state.kind).toBe("open")
  })

  it("is open with the first message if the method does not call onHeader", async () => {
    const { call, states } = await setUpReading()
    await call().send("1", "2")
    expect(states).toEqual(["connecting 1", "open"])
  })

  it("continues after the last message, so that nothing is lost and nothing is delivered twice", async () => {
    const { call, calls, clock, received, states } = await setUpReading()
    await call().send("1", "2")
    await call().end(cut)
    await clock.advance(500)
    await call().send("3")
    expect(calls.map(({ request }) => request.after)).toEqual(["0", "2"])
    expect(received).toEqual(["1", "2", "3"])
    expect(states).toEqual(["connecting 1", "open", "waiting 500", "connecting 2", "open"])
  })

  it("continues after the last position if the last message has none", async () => {
    const { call, calls, clock } = await setUpReading()
    await call().send("1", "2", "")
    await call().end(cut)
    await clock.advance(500)
    expect(calls[1].request.after).toBe("2")
  })

  it("repeats its request after a cut before any message", async () => {
    const { call, calls, clock } = await setUpReading()
    await call().end(cut)
    await clock.advance(500)
    expect(calls.map(({ request }) => request.after)).toEqual(["0", "0"])
  })

  it("ends when the answer ends with OK", async () => {
    const { call, calls, received, stream } = await setUpReading()
    await call().send("1")
    await call().end()
    expect(received).toEqual(["1", "end"])
    expect(stream.state).toEqual({ kind: "closed", error: null })
    expect(calls).toHaveLength(1)
  })

  it("continues after an end with OK if it is endless", async () => {
    const { call, calls, clock, states } = await setUpReading({ isEndless: true })
    await call().send("1")
    await call().end()
    expect(states.at(-1)).toBe("waiting 500")
    await clock.advance(500)
    expect(calls[1].request.after).toBe("1")
  })

  it("gives the next request, which covers only delivered messages", async () => {
    const { call, stream } = setUp()
    const messages = stream[Symbol.asyncIterator]()
    const first = messages.next()
    await call().send("1", "2")
    expect(await first).toEqual({ done: false, value: "1" })
    expect(stream.nextRequest).toEqual({ after: "1" })
    await messages.next()
    expect(stream.nextRequest).toEqual({ after: "2" })
  })

  it("keeps the state object identical until the state changes", async () => {
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

  it.each(["healthyMs", "initialBackoffMs", "maxBackoffMs"])("refuses a %s that is negative or NaN", (name) => {
    expect(() => setUp({ [name]: NaN })).toThrow(`resumable: ${name} is NaN`)
  })
})

describe("an error", () => {
  it.each<[name: string, error: ConnectError]>([
    ["UNAVAILABLE of the service", new RpcError("draining", Code.Unavailable, { source: "server" })],
    ["UNAVAILABLE of a proxy", new RpcError("HTTP 503", Code.Unavailable, { source: "http" })],
    ["of the network, whatever its code", new RpcError("lost", Code.DataLoss, { source: "network" })],
  ])("%s is retried", async (_name, error) => {
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

  it("is retried if shouldResume says so, which receives the default decision", async () => {
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

  it("of a function in the options ends the stream, and is the cause of its error", async () => {
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

it("an error of resume ends the stream, even if shouldResume and restart would continue after any error", async () => {
  const defect = new RpcError("no such field", Code.Unavailable, { source: "client" })
  const { call, calls, stream, clock } = await setUpReading({
    resume: () => {
      throw defect
    },
    shouldResume: () => true,
    restart: () => ({ after: "0" }),
  })
  await call().send("1")
  expect(stream.state).toEqual({ kind: "closed", error: defect })
  await clock.advance(60_000)
  expect(calls.map(({ signal }) => signal.aborted)).toEqual([true])
})

describe("restart", () => {
  const gone = new RpcError("no longer kept", Code.OutOfRange, { source: "server" })

  it("continues at once with another request when the server no longer knows the position", async () => {
    const { call, calls, received } = await setUpReading({ restart: () => ({ after: "0" }) })
    await call().send("7")
    await call().end(gone)
    await call().send("9")
    expect(calls.map(({ request }) => request.after)).toEqual(["0", "0"])
    expect(received).toEqual(["7", "9"])
  })

  it("is not called a second time without a message in between", async () => {
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

  it("is immediate the first time, and waits like any failure when it is needed repeatedly", async () => {
    const { call, calls, clock, states } = await setUpReading({ restart: () => ({ after: "0" }) })
    for (let round = 1; round <= 4; round++) {
      await call().send(String(round))
      await call().end(gone)
      await clock.advance(30_000)
    }
    expect(states.filter((state) => state.startsWith("waiting"))).toEqual(
      [500, 1_000, 2_000].map((ms) => `waiting ${ms}`),
    )
    await call().answer()
    await clock.advance(10_000)
    await call().send("5")
    const before = states.length
    await call().end(gone)
    expect(calls).toHaveLength(6)
    expect(states.slice(before)).toEqual(["connecting 1"])
  })

  it("ends the stream if it returns no request", async () => {
    const { call, calls, received } = await setUpReading({ restart: () => undefined })
    await call().end(gone)
    expect(received).toEqual(["OutOfRange"])
    expect(calls).toHaveLength(1)
  })
})

describe("reconnectNow", () => {
  it("drops a hanging or open attempt, and does not count it as a failure", async () => {
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
