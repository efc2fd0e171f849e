import { emptyMetadata, MetadataList } from "@causeway/protocol"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { Handler, Timed } from "../core/call.ts"
import { CallRecord } from "../core/call-record.ts"
import { BridgeError } from "../core/errors.ts"
import type { Reply, Status } from "../core/reply.ts"
import type { HedgingConfig } from "../core/retry-config.ts"
import { hedge } from "./hedge.ts"

const usual: HedgingConfig = {
  maxAttempts: 3,
  delayMs: 100,
  nonFatalCodes: [14],
  budget: { maxTokens: 10, tokenRatio: 0.1 },
}

const streamReply = { kind: "stream", metadata: emptyMetadata } as Reply
const status = (code: number, fields: string[] = []): Reply => ({
  kind: "status",
  metadata: new MetadataList(fields),
  status: { code, message: "", metadata: emptyMetadata, error: null },
})

/** A call whose attempts end when the test says so. */
function scene(config: Partial<HedgingConfig> = {}, limits: { mayRetry?: boolean; maxRetries?: number } = {}) {
  const events: string[] = []
  const undo: ((end: Status) => void)[] = []
  const attempts: { call: Timed; resolve: (reply: Reply) => void; reject: (cause: unknown) => void }[] = []
  let retriesInFlight = 0
  const call = {
    deadline: Infinity,
    metadata: emptyMetadata,
    record: new CallRecord(1, 0, { address: "127.0.0.1:5", carrier: "http1", isTls: false }, "POST", "/a.B/C"),
    request: { attach: () => {}, detach: () => {} },
    onEnd: (fn: (end: Status) => void) => void undo.push(fn),
    crashed: (...told: unknown[]) => void events.push(`crashed ${told.join(" ")}`),
    route: {
      hedging: { ...usual, ...config },
      upstream: {
        retries: {
          budget: { mayRetry: () => limits.mayRetry ?? true, failed() {}, succeeded() {} },
          tryBegin: () => retriesInFlight < (limits.maxRetries ?? Infinity) && ++retriesInFlight > 0,
          ended: () => void retriesInFlight--,
        },
      },
    },
  }
  const next: Handler<Timed> = (attempt) => {
    const number = attempts.length + 1
    attempt.record.attempts++
    attempt.record.endpoint = `e${number}`
    events.push(`attempt ${number} avoids ${attempt.avoid.join()}`)
    attempt.onEnd(({ code }) => void events.push(`end ${number} with ${code}`))
    return new Promise((resolve, reject) => attempts.push({ call: attempt, resolve, reject }))
  }
  let result: unknown = null
  void hedge(next)(call as unknown as Timed).then(
    (reply) => (result = reply),
    (cause: unknown) => (result = cause),
  )
  const turn = async (): Promise<void> => void (await vi.advanceTimersByTimeAsync(0))
  return {
    record: call.record,
    events,
    result: () => result,
    retriesInFlight: () => retriesInFlight,
    async answer(number: number, reply: Reply): Promise<void> {
      attempts[number - 1].resolve(reply)
      await turn()
    },
    async fail(number: number, cause: Error): Promise<void> {
      attempts[number - 1].reject(cause)
      await turn()
    },
    end: (code: number) => undo.forEach((fn) => fn({ code } as Status)),
  }
}

const wait = async (ms: number): Promise<void> => void (await vi.advanceTimersByTimeAsync(ms))

describe("hedge", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it("returns the next stage's promise itself on a route without hedging", () => {
    const promise = Promise.resolve(streamReply)
    expect(hedge(() => promise)({ route: { hedging: null } } as unknown as Timed)).toBe(promise)
  })

  it("begins an attempt after each delay, up to the maximum, and ends the others when one answers", async () => {
    const { events, answer, result, record, retriesInFlight } = scene()
    await wait(99)
    expect(events).toHaveLength(1)
    await wait(1)
    await wait(100)
    await wait(1_000)
    const begun = ["attempt 1 avoids ", "attempt 2 avoids e1", "attempt 3 avoids e1,e2"]
    expect([events, retriesInFlight(), vi.getTimerCount()]).toEqual([begun, 2, 0])
    await answer(2, streamReply)
    expect([events, result(), retriesInFlight()]).toEqual([[...begun, "end 1 with 1", "end 3 with 1"], streamReply, 0])
    const lost = { code: 1, why: "another-was-first" }
    const attemptEnds = [
      { endpoint: "e1", ...lost },
      { endpoint: "e3", ...lost },
    ]
    expect(record).toMatchObject({ attempts: 3, endpoint: "e2", attemptEnds, notRetried: null })
    expect(record.repeats).toEqual({ retries: 0, transparentRetries: 0, hedges: 2, delayMs: 0 })
  })

  it("ends the attempt that has answered with its call", async () => {
    const { events, answer, end } = scene()
    await answer(1, streamReply)
    expect(vi.getTimerCount()).toBe(0)
    end(0)
    expect(events.at(-1)).toBe("end 1 with 0")
  })

  it("ignores an answer that comes after the first one", async () => {
    const { answer, result } = scene()
    await wait(100)
    await answer(2, streamReply)
    await answer(1, status(5))
    expect(result()).toBe(streamReply)
  })

  it("begins the next attempt at once after a status that is not fatal, and the delay anew", async () => {
    const { events, answer } = scene()
    await wait(50)
    await answer(1, status(14))
    expect(events.at(-1)).toBe("attempt 2 avoids e1")
    await wait(99)
    expect(events).toHaveLength(2)
    await wait(1)
    expect(events).toHaveLength(3)
  })

  it("waits for the attempts that still run when no further one may begin", async () => {
    const { answer, result, record } = scene({ maxAttempts: 2 })
    await wait(100)
    await answer(1, status(14))
    expect(result()).toBe(null)
    await answer(2, streamReply)
    expect(result()).toBe(streamReply)
    expect(record.notRetried).toBe(null)
  })

  it("does not end the call because the bridge has refused a further attempt", async () => {
    const { answer, fail, result, events } = scene()
    await wait(100)
    await fail(2, new BridgeError("breaker-open", "full"))
    await wait(1_000)
    expect([result(), events.length]).toEqual([null, 2])
    await answer(1, streamReply)
    expect(result()).toBe(streamReply)
  })

  it("ends the call with the bridge's refusal if nothing else runs", async () => {
    const { fail, result } = scene()
    await fail(1, new BridgeError("backend-busy", "full"))
    expect(result()).toMatchObject({ reason: "backend-busy" })
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([
    ["the budget allows none", { mayRetry: false }, "retry-budget-exhausted"],
    ["too many retries are in flight", { maxRetries: 0 }, "breaker-open"],
  ])("begins no further attempt while %s", async (_, limits, notRetried) => {
    const { events, answer, record, result } = scene({}, limits)
    await wait(1_000)
    expect(events).toHaveLength(1)
    await answer(1, status(14))
    expect(record.notRetried).toBe(notRetried)
    expect(result()).toMatchObject({ kind: "status", status: { code: 14 } })
  })

  it("ends all attempts with the call, and leaves no timer and no count", async () => {
    const { events, end, record, retriesInFlight } = scene()
    await wait(100)
    end(4)
    expect(events.slice(2)).toEqual(["end 1 with 4", "end 2 with 4"])
    expect(record).toMatchObject({ attempts: 2, endpoint: "e2" })
    expect([retriesInFlight(), vi.getTimerCount()]).toEqual([0, 0])
  })

  it("leaves no count if the call ends while the backend's delay runs", async () => {
    const { answer, end, retriesInFlight } = scene()
    await answer(1, status(14, ["grpc-retry-pushback-ms", "50"]))
    expect(retriesInFlight()).toBe(1)
    end(1)
    expect([retriesInFlight(), vi.getTimerCount()]).toEqual([0, 0])
  })

  it("counts one further attempt once, although two attempts fail before it begins", async () => {
    const { events, answer, retriesInFlight } = scene({ maxAttempts: 4 })
    await wait(100)
    await answer(1, status(14, ["grpc-retry-pushback-ms", "50"]))
    await answer(2, status(14))
    expect(events.at(-1)).toBe("attempt 3 avoids e1,e2")
    expect(retriesInFlight()).toBe(1)
    await answer(3, streamReply)
    expect([retriesInFlight(), vi.getTimerCount()]).toEqual([0, 0])
  })

  it("passes a defect on, and ends the other attempts", async () => {
    const { fail, result, events, retriesInFlight } = scene()
    await wait(100)
    const defect = new Error("a defect")
    await fail(1, defect)
    expect(result()).toBe(defect)
    expect(events).toContain("end 2 with 1")
    expect([retriesInFlight(), vi.getTimerCount()]).toEqual([0, 0])
  })
})
