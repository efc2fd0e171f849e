import { describe, expect, it } from "vitest"
import type { RetryConfig } from "../src/core/retry-config.ts"
import { routeOf } from "./support/routes.ts"
import type { BackendHandler, GrpcBackend } from "./support/grpc-backend.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { callPage, PageCall } from "./support/page-call.ts"
import { leaveNothing } from "./support/scene.ts"
import type { Bridge, BridgeOptions } from "./support/start-bridge.ts"
import { startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"

const usual: RetryConfig = {
  maxAttempts: 3,
  initialBackoffMs: 1,
  maxBackoffMs: 10,
  backoffMultiplier: 2,
  codes: [14],
  perAttemptMs: null,
  budget: { maxTokens: 100, tokenRatio: 0.1 },
}

/** Starts a bridge with retries before one backend for each handler, and waits until it is connected to all of them. */
async function fleet(
  handlers: readonly BackendHandler[],
  config: Partial<RetryConfig> = {},
  options: Partial<BridgeOptions> = {},
): Promise<{ bridge: Bridge; backends: GrpcBackend[] }> {
  const backends = await Promise.all(handlers.map((handler) => startGrpcBackend({ "/test.Service/Method": handler })))
  const [first, ...others] = backends.map(({ url }) => url)
  const routes = [routeOf("default", {}, { retry: { ...usual, ...config } })]
  const bridge = await startBridge({ upstream: first, endpoints: others, routes, ...options })
  leaveNothing(bridge, backends)
  await waitFor(() => bridge.cluster.sessions === backends.length)
  return { bridge, backends }
}

/** A handler that fails the first `count` calls with UNAVAILABLE, and echoes the message of the others. */
function failing(count: number, fields: readonly string[] = []): BackendHandler {
  let failures = 0
  return async (call) => {
    const messages = await call.all()
    if (failures++ < count) {
      call.statusOnly(14, "busy", fields)
      return
    }
    for (const message of messages) call.message(message)
    call.end()
  }
}

const echo = failing(0)
const hang: BackendHandler = () => {}
const retriesOf = (bridge: Bridge): number => bridge.cluster.breaker.counts.retries

describe("a route with retries", () => {
  it("sends the request again after a backend's UNAVAILABLE, with the number of attempts before", async () => {
    const { bridge, backends } = await fleet([failing(2)])
    const message = "again"
    const answer = await callPage(bridge.address, { message, fields: ["grpc-previous-rpc-attempts", "4"] })
    expect(answer).toMatchObject({ code: 0, reason: null })
    expect(String(answer.messages[0])).toBe(message)
    const told = backends[0].calls.map((call) => call.fields.filter((_, i, all) => all[i - 1] === previousField))
    expect(told).toEqual([["4"], ["5"], ["6"]])
    const end = { endpoint: backends[0].url, code: 14, why: "backend-status" }
    expect(bridge.records[0]).toMatchObject({ attempts: 3, attemptEnds: [end, end], notRetried: null, code: 0 })
    expect(retriesOf(bridge)).toBe(0)
  })

  it("gives the last status as it is once the attempts are used up", async () => {
    const { bridge, backends } = await fleet([failing(Infinity)])
    expect(await callPage(bridge.address)).toMatchObject({ code: 14, message: "busy", reason: null })
    expect(backends[0].calls).toHaveLength(3)
    expect(bridge.records[0]).toMatchObject({ attempts: 3, notRetried: "attempts-used-up" })
    expect(retriesOf(bridge)).toBe(0)
  })

  it("repeats no status that is not listed", async () => {
    const { bridge, backends } = await fleet([(call) => call.statusOnly(5, "nothing here")])
    expect(await callPage(bridge.address)).toMatchObject({ code: 5 })
    expect(backends[0].calls).toHaveLength(1)
    expect(bridge.records[0]).toMatchObject({ notRetried: null, attemptEnds: [] })
  })

  it("repeats nothing once the response headers have come: the call is committed", async () => {
    const { bridge, backends } = await fleet([
      (call) => {
        call.head()
        call.end(14, "too late")
      },
    ])
    expect(await callPage(bridge.address)).toMatchObject({ code: 14, message: "too late" })
    expect(backends[0].calls).toHaveLength(1)
  })

  it("goes to another endpoint, and loses no call while one of two fails", async () => {
    const { bridge, backends } = await fleet([failing(Infinity), echo])
    for (let call = 0; call < 20; call++) expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    expect(backends[0].calls.length).toBeGreaterThan(0)
    expect(bridge.records.every(({ attempts }) => attempts <= 2)).toBe(true)
  })

  it("repeats a call whose connection was lost", async () => {
    let isCut = false
    const { bridge } = await fleet([
      async (call) => {
        await call.all()
        if (isCut) call.end()
        else call.stream.session?.destroy()
        isCut = true
      },
    ])
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    expect(bridge.records[0].attemptEnds).toMatchObject([{ code: 14, why: "backend-lost" }])
  })

  it("ends an attempt alone that takes too long, and tells its backend", async () => {
    const { bridge, backends } = await fleet([hang, echo], { perAttemptMs: 30, maxAttempts: 2 })
    while (backends[0].calls.length === 0) expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    expect(await backends[0].calls[0].closed).toBe(8)
    expect(bridge.records.at(-1)?.attemptEnds).toMatchObject([{ why: "attempt-timeout", endpoint: backends[0].url }])
  })

  it("says attempt-timeout if every attempt takes too long", async () => {
    const { bridge, backends } = await fleet([hang], { perAttemptMs: 20, maxAttempts: 2 })
    expect(await callPage(bridge.address)).toMatchObject({ code: 14, reason: "attempt-timeout" })
    expect(backends[0].calls).toHaveLength(2)
    await waitFor(() => backends[0].openCalls === 0)
  })

  it("does not end an answer that began in time", async () => {
    let calls = 0
    const { bridge, backends } = await fleet([(call) => void (calls++ === 0 && call.head())], { perAttemptMs: 20 })
    const call = new PageCall(bridge.address)
    await waitFor(() => call.hasHead)
    expect(await callPage(bridge.address)).toMatchObject({ reason: "attempt-timeout" }) // the time has passed
    backends[0].calls[0].end()
    expect(await call.answer).toMatchObject({ code: 0 })
  })
})

describe("a request that is too long to be kept", () => {
  it("is sent once", async () => {
    const { bridge, backends } = await fleet([failing(1)])
    const call = new PageCall(bridge.address, { message: null })
    call.send(Buffer.alloc(100_000))
    call.end()
    expect(await call.answer).toMatchObject({ code: 14 })
    expect(backends[0].calls).toHaveLength(1)
    expect(bridge.records[0]).toMatchObject({ notRetried: "request-not-kept" })
  })

  it("is sent again as a whole, in however many messages it came, if it can be kept", async () => {
    const { bridge } = await fleet([failing(1)])
    const call = new PageCall(bridge.address, { message: null })
    for (const text of ["one", "two", "three"]) call.send(text)
    call.end()
    const { code, messages } = await call.answer
    expect([code, messages.map(String)]).toEqual([0, ["one", "two", "three"]])
  })
})

describe("a request that is still sent when its attempt fails", () => {
  it("goes on to the next attempt, from its beginning", async () => {
    let calls = 0
    const { bridge, backends } = await fleet([(call) => (calls++ === 0 ? call.statusOnly(14) : echo(call))])
    const call = new PageCall(bridge.address, { message: null })
    call.send("one")
    await waitFor(() => backends[0].calls.length === 2)
    call.send("two")
    call.end()
    const { code, messages } = await call.answer
    expect([code, messages.map(String)]).toEqual([0, ["one", "two"]])
  })
})

describe("a fleet whose connections are cut again and again", () => {
  // The answer is one frame: between response headers and status a call is committed, and may be lost.
  it("loses no call that is not committed", async () => {
    const answer: BackendHandler = async (call) => {
      await call.all()
      call.statusOnly(0)
    }
    const handlers = [answer, answer, answer]
    const { bridge, backends } = await fleet(handlers, { maxAttempts: 5 }, { patienceMs: 5_000 })
    let isDone = false
    const cutting = (async () => {
      for (let i = 0; !isDone; i++) {
        const before = bridge.records.length
        await waitFor(() => isDone || bridge.records.length > before + 3)
        backends[i % 3].cut()
      }
    })()
    const page = async (): Promise<void> => {
      for (let call = 0; call < 30; call++) expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    }
    await Promise.all(Array.from({ length: 5 }, page))
    isDone = true
    await cutting
    expect(bridge.records).toHaveLength(150)
    expect([retriesOf(bridge), bridge.cluster.breaker.counts["in-flight"]]).toEqual([0, 0])
  })
})

describe("the backend's pushback", () => {
  it("chooses the delay, in place of the back-off", async () => {
    const { bridge } = await fleet([failing(1, [pushbackField, "5"])], {
      initialBackoffMs: 60_000,
      maxBackoffMs: 60_000,
    })
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    expect(bridge.records[0]).toMatchObject({ attempts: 2 })
  })

  it("forbids the retry if it is negative", async () => {
    const { bridge, backends } = await fleet([failing(1, [pushbackField, "-1"])])
    expect(await callPage(bridge.address)).toMatchObject({ code: 14 })
    expect(backends[0].calls).toHaveLength(1)
    expect(bridge.records[0]).toMatchObject({ notRetried: "pushback" })
  })
})

describe("a back-off", () => {
  const long = { initialBackoffMs: 60_000, maxBackoffMs: 60_000 }

  it("ends with its client: no timer and no retry is left", async () => {
    const { bridge, backends } = await fleet([failing(Infinity)], long)
    const call = new PageCall(bridge.address)
    await waitFor(() => retriesOf(bridge) === 1)
    call.cancel()
    await waitFor(() => bridge.records.length === 1)
    expect(retriesOf(bridge)).toBe(0)
    expect(bridge.records[0]).toMatchObject({ attempts: 1, attemptEnds: [{ code: 14 }] })
    expect(bridge.records[0].error?.reason).toBe("client-gone")
    expect(backends[0].calls).toHaveLength(1)
  })

  it("is not begun if the deadline passes in it: the client gets the backend's status at once", async () => {
    const { bridge } = await fleet([failing(Infinity)], long)
    expect(await callPage(bridge.address, { fields: ["grpc-timeout", "30S"] })).toMatchObject({ code: 14 })
    expect(bridge.records[0]).toMatchObject({ notRetried: "deadline" })
  })

  it("counts in the deadline, as all attempts do", async () => {
    const config = { initialBackoffMs: 20, maxBackoffMs: 20, perAttemptMs: 100, maxAttempts: 5 }
    const { bridge } = await fleet([hang], config)
    const answer = await callPage(bridge.address, { fields: ["grpc-timeout", "200m"] })
    expect(answer).toMatchObject({ code: 4, reason: "deadline-exceeded" })
    expect(bridge.records[0].attempts).toBe(2)
  })
})

describe("limits of an upstream's retries", () => {
  it("are its budget: it ends the call with the backend's status, and says why", async () => {
    const { bridge, backends } = await fleet([failing(3)], { budget: { maxTokens: 4, tokenRatio: 1 } })
    const answer = await callPage(bridge.address)
    expect(answer).toMatchObject({ code: 14, message: "busy", reason: "retry-budget-exhausted" })
    expect(backends[0].calls).toHaveLength(2)
    expect(bridge.records[0]).toMatchObject({ notRetried: "retry-budget-exhausted" })
    expect(await callPage(bridge.address)).toMatchObject({ code: 14, reason: "retry-budget-exhausted" })
    for (let call = 0; call < 3; call++) expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    expect(bridge.cluster.retries.budget.mayRetry({ maxTokens: 4, tokenRatio: 1 })).toBe(true)
  })

  it("are the retries in flight", async () => {
    const long = { initialBackoffMs: 60_000, maxBackoffMs: 60_000 }
    const { bridge } = await fleet([failing(2)], long, { maxRetries: 1 })
    const call = new PageCall(bridge.address)
    await waitFor(() => retriesOf(bridge) === 1)
    expect(await callPage(bridge.address)).toMatchObject({ code: 14, message: "busy" })
    expect(bridge.records[0]).toMatchObject({ notRetried: "breaker-open" })
    call.cancel()
  })
})

const previousField = "grpc-previous-rpc-attempts"
const pushbackField = "grpc-retry-pushback-ms"
