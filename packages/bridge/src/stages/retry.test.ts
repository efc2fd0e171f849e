import { emptyMetadata, MetadataList } from "@causeway/protocol"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { Handler, Timed } from "../core/call.ts"
import type { Reason } from "../core/errors.ts"
import { BridgeError } from "../core/errors.ts"
import type { Reply } from "../core/reply.ts"
import type { RetryConfig } from "../core/retry-config.ts"
import { statusOf } from "../core/reply.ts"
import { retry } from "./retry.ts"

const usual: RetryConfig = {
  maxAttempts: 4,
  initialBackoffMs: 100,
  maxBackoffMs: 1_000,
  backoffMultiplier: 2,
  codes: [14],
  perAttemptMs: null,
  budget: { maxTokens: 10, tokenRatio: 0.1 },
}

const streamReply = { kind: "stream", metadata: emptyMetadata } as Reply
const status = (code: number, fields: string[] = []): Reply => ({
  kind: "status",
  metadata: new MetadataList(fields),
  status: { code, message: "", metadata: emptyMetadata, error: null },
})
const unavailable = status(14)
const error = (reason: Reason): BridgeError => new BridgeError(reason, reason)

interface SceneOptions {
  readonly config?: Partial<RetryConfig> | null
  readonly mayRetry?: boolean
  readonly takesRetries?: boolean
  readonly canReplay?: boolean
  readonly deadlineMs?: number
  readonly fields?: string[]
}

/** A call whose attempts end with these outcomes, one after the other. */
function scene(outcomes: readonly (Reply | Error)[], options: SceneOptions = {}) {
  const { mayRetry = true, takesRetries = true, canReplay = true, deadlineMs = Infinity, config = {} } = options
  const events: string[] = []
  const undo: (() => void)[] = []
  let retriesInFlight = 0
  let attempts = 0
  const call = {
    deadline: performance.now() + deadlineMs,
    metadata: new MetadataList(options.fields ?? []),
    previousAttempts: 0,
    avoid: [],
    record: { endpoint: null as string | null, attemptEnds: [], notRetried: null },
    request: { canReplay, detach: () => void events.push("detach") },
    onEnd: (fn: () => void): void => void undo.push(fn),
    route: {
      retry: config === null ? null : { ...usual, ...config },
      upstream: {
        retries: {
          budget: {
            mayRetry: () => mayRetry,
            failed: () => void events.push("failed"),
            succeeded: () => void events.push("succeeded"),
          },
          tryBegin: () => takesRetries && ++retriesInFlight > 0,
          ended: () => void retriesInFlight--,
        },
      },
    },
  }
  const next: Handler<Timed> = ({ previousAttempts, record }) => {
    const outcome = outcomes[attempts++]
    record.endpoint = `e${attempts}`
    events.push(`attempt after ${previousAttempts}`)
    return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome)
  }
  const handler = retry(next, () => 0.5)
  let result: unknown = null
  return {
    call,
    events,
    undo,
    retriesInFlight: () => retriesInFlight,
    get result(): unknown {
      return result
    },
    get attempts(): number {
      return attempts
    },
    async run(): Promise<void> {
      handler(call as unknown as Timed).then(
        (reply) => (result = reply),
        (cause: unknown) => (result = cause),
      )
      await vi.advanceTimersByTimeAsync(0)
    },
    end: () => undo.forEach((fn) => fn()),
  }
}

const wait = async (ms: number): Promise<void> => void (await vi.advanceTimersByTimeAsync(ms))

describe("retry", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it("returns the next stage's promise itself on a route without retries", () => {
    const promise = Promise.resolve(unavailable)
    const call = { route: { retry: null } } as unknown as Timed
    expect(retry(() => promise)(call)).toBe(promise)
  })

  it("waits for the back-off before each attempt, and tells the backend of those before", async () => {
    const call = scene([unavailable, unavailable, unavailable, streamReply])
    await call.run()
    for (const [index, ms] of [100, 200, 400].entries()) {
      await wait(ms - 1)
      expect(call.attempts).toBe(index + 1)
      await wait(1)
      expect(call.attempts).toBe(index + 2)
    }
    expect(call.result).toBe(streamReply)
    const again = (count: number): string[] => ["failed", "detach", `attempt after ${count}`]
    expect(call.events).toEqual(["attempt after 0", ...again(1), ...again(2), ...again(3), "succeeded"])
    expect(call.call.avoid).toEqual(["e1", "e2", "e3"])
    const ends = ["e1", "e2", "e3"].map((endpoint) => ({ endpoint, code: 14, why: "backend-status" }))
    expect(call.call.record).toMatchObject({ attemptEnds: ends, notRetried: null, endpoint: "e4" })
    expect(call.retriesInFlight()).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })

  it("adds the retries of the client, if their number is one", async () => {
    for (const [value, seen] of [
      ["2", 3],
      ["many", 1],
    ] as const) {
      const call = scene([unavailable, streamReply], { fields: ["grpc-previous-rpc-attempts", value] })
      await call.run()
      await wait(100)
      expect(call.events.at(-2)).toBe(`attempt after ${seen}`)
    }
  })

  it("begins the back-off anew after a delay that the backend has chosen", async () => {
    const pushed = status(14, ["grpc-retry-pushback-ms", "7"])
    const call = scene([unavailable, pushed, unavailable, streamReply])
    await call.run()
    await wait(100)
    await wait(7)
    expect(call.attempts).toBe(3)
    await wait(100)
    expect(call.attempts).toBe(4)
  })

  it.each<[string, Reply | Error, SceneOptions, string | null]>([
    ["a status that is not listed", status(5), {}, null],
    ["a pushback", status(14, ["grpc-retry-pushback-ms", "-1"]), {}, "pushback"],
    ["the last attempt", unavailable, { config: { maxAttempts: 1 } }, "attempts-used-up"],
    ["a request that is not kept", unavailable, { canReplay: false }, "request-not-kept"],
    ["a deadline within the back-off", unavailable, { deadlineMs: 100 }, "deadline"],
    ["as many retries as may be in flight", unavailable, { takesRetries: false }, "breaker-open"],
  ])("gives the backend's status as it is after %s", async (_, outcome, options, notRetried) => {
    const call = scene([outcome], options)
    await call.run()
    expect(call.result).toBe(outcome)
    expect(call.call.record.notRetried).toBe(notRetried)
    expect([call.attempts, call.retriesInFlight(), vi.getTimerCount()]).toEqual([1, 0, 0])
  })

  it("adds the reason to the backend's status while the budget allows no retry, and leaves the bridge's own errors", async () => {
    const call = scene([unavailable], { mayRetry: false })
    await call.run()
    const { status: told } = call.result as Reply & { kind: "status" }
    expect(told).toMatchObject({ code: 14, message: "", error: { reason: "retry-budget-exhausted", code: 14 } })
    const lost = scene([error("backend-lost")], { mayRetry: false })
    await lost.run()
    expect(lost.result).toMatchObject({ reason: "backend-lost" })
    expect(lost.call.record.notRetried).toBe("retry-budget-exhausted")
    const own: Reply = { kind: "status", metadata: emptyMetadata, status: statusOf(error("missing-status")) }
    const unread = scene([own], { mayRetry: false, config: { codes: [2] } })
    await unread.run()
    expect(unread.result).toBe(own)
  })

  it.each<Reason>(["attempt-timeout", "backend-lost", "backend-refused", "backend-unreachable"])(
    "repeats an attempt that ended with %s",
    async (reason) => {
      const call = scene([error(reason), streamReply])
      await call.run()
      await wait(100)
      expect(call.result).toBe(streamReply)
      expect(call.call.record.attemptEnds).toEqual([{ endpoint: "e1", code: 14, why: reason }])
    },
  )

  it.each<Reason>(["backend-busy", "breaker-open", "no-healthy-endpoint", "draining", "deadline-exceeded"])(
    "does not repeat a call that the bridge has refused with %s",
    async (reason) => {
      const call = scene([error(reason)], { config: { codes: [4, 14] } })
      await call.run()
      expect(call.result).toMatchObject({ reason })
      expect(call.events).toEqual(["attempt after 0"])
    },
  )

  it("passes a defect on", async () => {
    const defect = new Error("a defect")
    const call = scene([defect])
    await call.run()
    expect(call.result).toBe(defect)
  })

  it.each<Reason>(["backend-unreachable", "breaker-open"])(
    "does not say %s after an attempt that a backend may have processed: a client might repeat the call",
    async (reason) => {
      const call = scene([unavailable, error(reason)], { config: { maxAttempts: 2 } })
      await call.run()
      await wait(100)
      expect(call.result).toBe(unavailable)
    },
  )

  it("ends with the call in a back-off: no timer and no count is left", async () => {
    const call = scene([unavailable, streamReply])
    await call.run()
    expect([call.retriesInFlight(), vi.getTimerCount()]).toEqual([1, 1])
    call.end()
    expect([call.retriesInFlight(), vi.getTimerCount()]).toEqual([0, 0])
    await wait(1_000)
    expect([call.attempts, call.result]).toEqual([1, null])
  })

  it("begins no back-off if the call has ended meanwhile", async () => {
    const call = scene([unavailable])
    call.call.onEnd = (fn) => fn()
    await call.run()
    expect([call.retriesInFlight(), vi.getTimerCount()]).toEqual([0, 0])
  })

  it("counts a retry until its attempt has ended, and once", async () => {
    const call = scene([unavailable, unavailable], { config: { maxAttempts: 2 } })
    await call.run()
    await wait(100)
    expect(call.retriesInFlight()).toBe(0)
    call.end()
    expect(call.retriesInFlight()).toBe(0)
  })

  it("keeps the ends of ten attempts at most", async () => {
    const call = scene(Array<Reply>(20).fill(unavailable), { config: { maxAttempts: 20, maxBackoffMs: 1 } })
    await call.run()
    await wait(100)
    expect([call.attempts, call.call.record.attemptEnds.length]).toEqual([20, 10])
  })
})
