import { GetUserResponseSchema } from "@causeway/proto/api/v1/user_pb"
import { Code, createContextValues } from "@connectrpc/connect"
import type { Interceptor } from "@connectrpc/connect"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { maxTimerMs } from "../src/call-scope.ts"
import { silenceLimits, withSilenceLimits } from "../src/index.ts"
import type { SilenceOptions } from "../src/index.ts"
import { graceMs } from "../src/within-grace.ts"
import { scriptedClients, wordsOf } from "./clients.ts"
import { join, messageFrame, okTrailer, watchFrame } from "./grpc-web-bytes.ts"
import { errorOf, outcomeOf } from "./outcome.ts"
import type { Script } from "./scripted-fetch.ts"

const never = new Promise<never>(() => {})
const found = { body: [join(messageFrame(GetUserResponseSchema, { user: { id: "7" } }), okTrailer)] }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

/** Clients with these limits of silence. */
function limitedClients(
  answers: Parameters<typeof scriptedClients>[0],
  limits: SilenceOptions,
  options: Parameters<typeof scriptedClients>[1] = {},
) {
  return scriptedClients(answers, { ...options, silenceLimits: silenceLimits(limits) })
}

/** Bytes that arrive at a time, in milliseconds from now. */
function at<T>(ms: number, value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(() => resolve(value), ms))
}

/** Simulates a hidden tab: a timer that was set for `timerMs` fires after `ms`. */
async function throttled(timerMs: number, ms: number): Promise<void> {
  const now = performance.now() + ms
  vi.spyOn(performance, "now").mockImplementation(() => now)
  await vi.advanceTimersByTimeAsync(timerMs)
}

describe.each(["break", "end", "ignore"] as const)(
  "Q3, Q4: a silent answer, where an abort makes fetch %s",
  (onAbort) => {
    it("is UNAVAILABLE from the network after idleTimeoutMs, with its request aborted and its body canceled", async () => {
      const { audit, requests } = limitedClients(
        [{ body: [watchFrame("a")], isOpen: true }],
        { idleTimeoutMs: 30_000 },
        { onAbort },
      )
      const outcome = outcomeOf(audit.watch({}))
      await vi.advanceTimersByTimeAsync(29_999)
      expect(requests[0].signal.aborted).toBe(false)
      await vi.advanceTimersByTimeAsync(10)
      const { messages, error } = await outcome
      expect(wordsOf(messages)).toEqual(["a"])
      expect(error).toMatchObject({ code: Code.Unavailable, source: "network", reason: "stalled", retryable: false })
      expect(error?.message).toContain("30000 ms (idleTimeoutMs)")
      expect(requests[0].signal.aborted).toBe(true)
      if (onAbort === "ignore") expect(requests[0].isCanceled).toBe(true)
    })

    it("stalls after its head too: headers alone are not an answer", async () => {
      const limits = { firstByteTimeoutMs: 5_000, idleTimeoutMs: 1_000 }
      const { users } = limitedClients([{ body: [], isOpen: true }], limits, { onAbort })
      const call = errorOf(users.getUser({ id: "7" }))
      await vi.advanceTimersByTimeAsync(1_010)
      expect(await call).toMatchObject({ code: Code.Unavailable, reason: "stalled" })
    })

    it("is UNAVAILABLE after firstByteTimeoutMs if it does not begin", async () => {
      const limits = { firstByteTimeoutMs: 5_000, idleTimeoutMs: 1_000 }
      const { audit, requests } = limitedClients([never], limits, { onAbort })
      const outcome = outcomeOf(audit.watch({}))
      await vi.advanceTimersByTimeAsync(4_999)
      expect(requests[0].signal.aborted).toBe(false)
      await vi.advanceTimersByTimeAsync(10)
      const { error } = await outcome
      expect(error).toMatchObject({ code: Code.Unavailable, source: "network", reason: "no-first-byte" })
      expect(error?.message).toContain("5000 ms (firstByteTimeoutMs)")
      expect(requests[0].signal.aborted).toBe(true)
    })
  },
)

describe("Q4: the end of a silence", () => {
  it("is any byte, also of half a message", async () => {
    const frame = watchFrame("a")
    const bytes = [...frame].map((byte, index) => at((index + 1) * 900, new Uint8Array([byte])))
    const { audit } = limitedClients([{ body: [...bytes, okTrailer] }], { idleTimeoutMs: 1_000 })
    const outcome = outcomeOf(audit.watch({}))
    await vi.advanceTimersByTimeAsync(frame.length * 900)
    expect(wordsOf((await outcome).messages)).toEqual(["a"])
    expect((await outcome).error).toBeUndefined()
  })

  it("is expected only while the consumer reads: a slow consumer is not a silent server", async () => {
    const answer = { body: [watchFrame("a"), watchFrame("b"), okTrailer] }
    const { audit } = limitedClients([answer], { idleTimeoutMs: 1_000 })
    const iterator = audit.watch({})[Symbol.asyncIterator]()
    await iterator.next()
    await vi.advanceTimersByTimeAsync(60_000)
    expect((await iterator.next()).done).toBe(false)
    expect((await iterator.next()).done).toBe(true)
  })

  it("is expected again after each chunk", async () => {
    const script = { body: [watchFrame("a"), at(900, watchFrame("b"))], isOpen: true }
    const { audit } = limitedClients([script], { idleTimeoutMs: 1_000 })
    const outcome = outcomeOf(audit.watch({}))
    await vi.advanceTimersByTimeAsync(1_890)
    expect(vi.getTimerCount()).toBe(1)
    await vi.advanceTimersByTimeAsync(20)
    expect(wordsOf((await outcome).messages)).toEqual(["a", "b"])
    expect((await outcome).error).toMatchObject({ reason: "stalled" })
  })
})

describe("Q5: a tab whose timers are throttled", () => {
  it("does not count as stalled if bytes came meanwhile, although the timer runs before they are delivered", async () => {
    let deliver = (_bytes: Uint8Array): void => {}
    const bytes = new Promise<Uint8Array>((resolve) => (deliver = resolve))
    const answer = { body: [watchFrame("a"), bytes], isOpen: true }
    const { audit, requests } = limitedClients([answer], { idleTimeoutMs: 30_000 })
    const iterator = audit.watch({})[Symbol.asyncIterator]()
    await iterator.next()
    const pending = iterator.next()
    await throttled(maxTimerMs, 300_000)
    expect(requests[0].signal.aborted).toBe(false)
    deliver(watchFrame("b"))
    expect((await pending).value?.caughtUp?.cursor).toBe("b")
    await vi.advanceTimersByTimeAsync(2_000)
    expect(requests[0].signal.aborted).toBe(false)
    await iterator.return?.()
  })

  it("ends the call within a second after its timer fires if nothing arrived", async () => {
    const { audit } = limitedClients([{ body: [watchFrame("a")], isOpen: true }], { idleTimeoutMs: 30_000 })
    const iterator = audit.watch({})[Symbol.asyncIterator]()
    await iterator.next()
    const stalled = expect(iterator.next()).rejects.toMatchObject({ reason: "stalled" })
    await throttled(maxTimerMs, 300_000)
    await vi.advanceTimersByTimeAsync(graceMs)
    await stalled
  })
})

describe("the limits of silence", () => {
  it("come from the transport if the call has none, and 0 removes them", async () => {
    const answers: Script[] = [{ body: [], isOpen: true }, { body: [at(10_000, okTrailer)] }]
    const { audit } = limitedClients(answers, { firstByteTimeoutMs: 5_000, idleTimeoutMs: 1_000 })
    const stalled = outcomeOf(audit.watch({}))
    await vi.advanceTimersByTimeAsync(1_010)
    expect((await stalled).error?.reason).toBe("stalled")
    const patient = outcomeOf(audit.watch({}, { contextValues: withSilenceLimits({ idleTimeoutMs: 0 }) }))
    await vi.advanceTimersByTimeAsync(10_000)
    expect((await patient).error).toBeUndefined()
  })

  it.each([undefined, 0, Infinity])("of %s mean no limit, and set no timer", async (idleTimeoutMs) => {
    const limits = { idleTimeoutMs, firstByteTimeoutMs: idleTimeoutMs }
    const { audit } = limitedClients([{ body: [watchFrame("a")], isOpen: true }], limits)
    const iterator = audit.watch({})[Symbol.asyncIterator]()
    await iterator.next()
    // Infinity is checked at intervals; it never ends a call.
    expect(vi.getTimerCount()).toBe(idleTimeoutMs === Infinity ? 1 : 0)
    await vi.advanceTimersByTimeAsync(24 * 60 * 60_000)
    await iterator.return?.()
    expect(vi.getTimerCount()).toBe(0)
  })

  it("leave no timer behind, however the call ends", async () => {
    const answers: Parameters<typeof scriptedClients>[0] = [
      found,
      { headers: { "grpc-status": "5" }, body: null },
      { headers: { "content-type": "text/html" }, body: [] },
      new TypeError("Failed to fetch"),
      { body: [watchFrame("a")], isOpen: true },
    ]
    const { users, audit } = limitedClients(answers, { firstByteTimeoutMs: 60_000, idleTimeoutMs: 60_000 })
    await users.getUser({ id: "7" })
    for (let call = 0; call < 3; call++) await errorOf(users.getUser({ id: "7" }))
    for await (const _ of audit.watch({})) break
    expect(vi.getTimerCount()).toBe(0)
  })

  it("apply to each attempt: a stalled attempt does not end the call", async () => {
    const again: Interceptor = (next) => async (request) => {
      try {
        return await next(request)
      } catch {
        return next(request)
      }
    }
    const { users, requests } = limitedClients([never, found], { firstByteTimeoutMs: 1_000 }, { interceptors: [again] })
    const call = users.getUser({ id: "7" })
    await vi.advanceTimersByTimeAsync(1_010)
    expect((await call).user?.id).toBe("7")
    expect(requests).toHaveLength(2)
  })

  it("of one call are not written into context values that the caller reuses", async () => {
    const key = { id: Symbol("seen"), defaultValue: 0 }
    const count: Interceptor = (next) => (request) => {
      const { contextValues } = request
      contextValues.set(key, contextValues.get(key) + 1)
      return next(request)
    }
    const contextValues = createContextValues().set(key, 1)
    const answers: Script[] = [{ body: [], isOpen: true }, { body: [at(10_000, found.body[0])] }]
    const { users } = limitedClients(answers, {}, { interceptors: [count] })
    const limited = withSilenceLimits({ idleTimeoutMs: 1_000 }, contextValues)
    const stalled = errorOf(users.getUser({ id: "7" }, { contextValues: limited }))
    await vi.advanceTimersByTimeAsync(1_010)
    expect(await stalled).toMatchObject({ reason: "stalled" })
    expect(contextValues.get(key)).toBe(2)
    const call = users.getUser({ id: "7" }, { contextValues })
    await vi.advanceTimersByTimeAsync(10_000)
    expect((await call).user?.id).toBe("7")
  })
})

describe("an unusable limit", () => {
  it.each([-1, NaN])("is refused: %d", (ms) => {
    expect(() => silenceLimits({ idleTimeoutMs: ms })).toThrow(TypeError)
    expect(() => withSilenceLimits({ firstByteTimeoutMs: ms })).toThrow(`firstByteTimeoutMs is ${ms}`)
  })
})

describe("Q23: a laptop that sleeps", () => {
  it("does not extend a deadline, although its timers and its monotonic clock stopped", async () => {
    const { audit, requests } = scriptedClients([{ body: [watchFrame("a")], isOpen: true }])
    const outcome = outcomeOf(audit.watch({}, { timeoutMs: 120_000 }))
    await vi.advanceTimersByTimeAsync(1_000)
    const monotonic = performance.now()
    const wokenAt = Date.now() + 600_000
    vi.setSystemTime(wokenAt)
    expect(performance.now() - monotonic).toBeLessThan(1_000)
    await vi.advanceTimersByTimeAsync(15_000)
    expect((await outcome).error).toMatchObject({ code: Code.DeadlineExceeded, source: "client" })
    expect(requests[0].signal.aborted).toBe(true)
  })

  it("gives an attempt after its sleep only the remaining time", async () => {
    const sleep: Interceptor = (next) => (request) => {
      vi.setSystemTime(Date.now() + 60_000)
      return next(request)
    }
    const { users, requests } = scriptedClients([found], { interceptors: [sleep] })
    await users.getUser({ id: "7" }, { timeoutMs: 90_000 })
    expect(requests[0].headers.get("grpc-timeout")).toBe("30000000u")
  })
})
