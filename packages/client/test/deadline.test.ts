import { GetUserResponseSchema } from "@causeway/proto/api/v1/user_pb"
import { Code } from "@connectrpc/connect"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { scriptedClients, wordsOf } from "./clients.ts"
import { join, messageFrame, okTrailer, watchFrame } from "./grpc-web-bytes.ts"
import { errorOf, outcomeOf } from "./outcome.ts"

const found = { body: [join(messageFrame(GetUserResponseSchema, { user: { id: "7" } }), okTrailer)] }

describe("a deadline", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it("is sent to the server", async () => {
    const { users, requests } = scriptedClients([found])
    await users.getUser({ id: "7" }, { timeoutMs: 2_500 })
    expect(requests[0].headers.get("grpc-timeout")).toBe("2500000u")
  })

  it("fails the call here when it passes, and aborts the request", async () => {
    const { users, requests } = scriptedClients([new Promise(() => {})])
    const call = errorOf(users.getUser({ id: "7" }, { timeoutMs: 250 }))
    await vi.advanceTimersByTimeAsync(249)
    expect(requests[0].signal.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(await call).toMatchObject({ code: Code.DeadlineExceeded, source: "client" })
    expect((await call).message).toContain("timeoutMs was 250")
    expect(requests[0].signal.aborted).toBe(true)
  })

  it("covers a stream to its end", async () => {
    const { audit } = scriptedClients([{ body: [watchFrame("a")], isOpen: true }])
    const outcome = outcomeOf(audit.watch({}, { timeoutMs: 250 }))
    await vi.advanceTimersByTimeAsync(250)
    const { messages, error } = await outcome
    expect(wordsOf(messages)).toEqual(["a"])
    expect(error?.code).toBe(Code.DeadlineExceeded)
  })

  it("of a stream begins when its first message is requested", async () => {
    const { audit, requests } = scriptedClients([{ body: [okTrailer] }])
    const stream = audit.watch({}, { timeoutMs: 250 })
    await vi.advanceTimersByTimeAsync(1_000)
    expect((await outcomeOf(stream)).error).toBeUndefined()
    expect(requests[0].headers.get("grpc-timeout")).toBe("250000u")
  })

  it.each([-1, Number.NaN])(
    "that has passed already (%d ms left) fails the call and sends nothing (C46)",
    async (timeoutMs) => {
      const { users, audit, requests } = scriptedClients([found])
      expect(await errorOf(users.getUser({ id: "7" }, { timeoutMs }))).toMatchObject({
        code: Code.DeadlineExceeded,
        source: "client",
      })
      expect((await outcomeOf(audit.watch({}, { timeoutMs }))).error?.code).toBe(Code.DeadlineExceeded)
      expect(requests).toEqual([])
    },
  )

  it("that passes while an interceptor waits fails before anything is sent, however late the timer is", async () => {
    const { users, requests } = scriptedClients([found], {
      interceptors: [
        (next) => (request) => {
          vi.spyOn(performance, "now").mockReturnValue(performance.now() + 300)
          return next(request)
        },
      ],
    })
    const error = await errorOf(users.getUser({ id: "7" }, { timeoutMs: 250 }))
    vi.restoreAllMocks()
    expect(error.code).toBe(Code.DeadlineExceeded)
    expect(requests).toEqual([])
  })

  it.each([0, Infinity])("of %d ms means none, also with a default", async (timeoutMs) => {
    const { users, requests } = scriptedClients([found], { defaultTimeoutMs: 100 })
    await users.getUser({ id: "7" }, { timeoutMs })
    expect(requests[0].headers.has("grpc-timeout")).toBe(false)
    expect(vi.getTimerCount()).toBe(0)
  })

  it("comes from the transport if the call has none", async () => {
    const { users, requests } = scriptedClients([found, found], { defaultTimeoutMs: 1_500 })
    await users.getUser({ id: "7" })
    await users.getUser({ id: "7" }, { timeoutMs: 20 })
    expect(requests.map(({ headers }) => headers.get("grpc-timeout"))).toEqual(["1500000u", "20000u"])
  })

  it("longer than a timer can hold does not fire at once", async () => {
    const days = 24 * 60 * 60 * 1_000
    const { users } = scriptedClients([new Promise(() => {})])
    const call = errorOf(users.getUser({ id: "7" }, { timeoutMs: 30 * days }))
    let isOver = false
    void call.then(() => (isOver = true))
    await vi.advanceTimersByTimeAsync(29 * days)
    expect(isOver).toBe(false)
    await vi.advanceTimersByTimeAsync(1 * days)
    expect((await call).code).toBe(Code.DeadlineExceeded)
  })

  it("leaves no timer behind, however the call ends", async () => {
    const { users, audit } = scriptedClients([
      found,
      { headers: { "grpc-status": "5" }, body: null },
      new TypeError("Failed to fetch"),
      { body: [watchFrame("a")], isOpen: true },
    ])
    const options = { timeoutMs: 60_000 }
    await users.getUser({ id: "7" }, options)
    await errorOf(users.getUser({ id: "7" }, options))
    await errorOf(users.getUser({ id: "7" }, options))
    for await (const _ of audit.watch({}, options)) break
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe("the caller's signal", () => {
  it("keeps no listener of a call that has ended", async () => {
    const { users, audit } = scriptedClients([found, { body: [watchFrame("a")], isOpen: true }])
    const { signal } = new AbortController()
    const added = vi.spyOn(signal, "addEventListener")
    const removed = vi.spyOn(signal, "removeEventListener")
    await users.getUser({ id: "7" }, { signal })
    for await (const _ of audit.watch({}, { signal })) break
    expect(added).toHaveBeenCalledTimes(2)
    const listeners = added.mock.calls.map(([, listener]) => listener)
    expect(removed.mock.calls.map(([, listener]) => listener)).toEqual(expect.arrayContaining(listeners))
  })

  it("that gives a plain value as reason cancels with it", async () => {
    const { users } = scriptedClients([found])
    const error = await errorOf(users.getUser({ id: "7" }, { signal: AbortSignal.abort("left the page") }))
    expect(error).toMatchObject({ code: Code.Canceled, rawMessage: "left the page", cause: "left the page" })
  })
})
