import { Code } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"
import { createFakeMethod } from "../../test/fake-calls.ts"
import { cut, setUp, setUpReading } from "../../test/resumable-setup.ts"
import type { Setup } from "../../test/resumable-setup.ts"
import { settle } from "../testing/held-clock.ts"
import { resumable } from "./resumable.ts"

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

  it("by break cancels the call, and a later call gets the messages after it", async () => {
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

  it("before the first message was requested has made no call", async () => {
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
  it("is one message behind the stream, and no more", async () => {
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

  it("does not delay the repair of a cut", async () => {
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

  it("may have several pending next(), which get messages in order", async () => {
    const { stream, call } = setUp()
    const messages = stream[Symbol.asyncIterator]()
    const all = Promise.all([messages.next(), messages.next(), messages.next(), messages.next()])
    await settle()
    await call().send("1", "2", "3")
    await call().end()
    expect((await all).map(({ value }) => value)).toEqual(["1", "2", "3", undefined])
  })
})
