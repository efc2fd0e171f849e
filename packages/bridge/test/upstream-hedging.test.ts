import { describe, expect, it } from "vitest"
import type { HedgingConfig } from "../src/core/retry-config.ts"
import type { BackendHandler, GrpcBackend } from "./support/grpc-backend.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { callPage, PageCall } from "./support/page-call.ts"
import { routeOf } from "./support/routes.ts"
import { leaveNothing } from "./support/scene.ts"
import type { Bridge, BridgeOptions } from "./support/start-bridge.ts"
import { startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"

const usual: HedgingConfig = {
  maxAttempts: 3,
  delayMs: 20,
  nonFatalCodes: [14],
  budget: { maxTokens: 100, tokenRatio: 0.1 },
}

/** Starts a bridge with hedging before one backend for each handler, and waits until it is connected to all of them. */
async function fleet(
  handlers: readonly BackendHandler[],
  config: Partial<HedgingConfig> = {},
  options: Partial<BridgeOptions> = {},
): Promise<{ bridge: Bridge; backends: GrpcBackend[] }> {
  const backends = await Promise.all(handlers.map((handler) => startGrpcBackend({ "/test.Service/Method": handler })))
  const [first, ...others] = backends.map(({ url }) => url)
  const routes = [routeOf("default", {}, { hedging: { ...usual, ...config } })]
  const bridge = await startBridge({ upstream: first, endpoints: others, routes, ...options })
  leaveNothing(bridge, backends)
  await waitFor(() => bridge.cluster.sessions === backends.length)
  return { bridge, backends }
}

const callsOf = (backends: readonly GrpcBackend[]): number => backends.reduce((sum, { calls }) => sum + calls.length, 0)
const retriesOf = (bridge: Bridge): number => bridge.cluster.breaker.counts.retries
const hang: BackendHandler = () => {}
const fail: BackendHandler = (call) => call.statusOnly(14, "busy")
const echo: BackendHandler = async (call) => {
  for (const message of await call.all()) call.message(message)
  call.end()
}

describe("a route with hedging", () => {
  it("sends a call that is answered in time once", async () => {
    const { bridge, backends } = await fleet([echo, echo], { delayMs: 60_000 })
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    expect(callsOf(backends)).toBe(1)
    expect(bridge.records[0]).toMatchObject({ attempts: 1, attemptEnds: [], notRetried: null })
    expect(bridge.records[0].endpoint).not.toBeNull()
  })

  it("takes the first answer, with the whole request for each attempt, and resets the others at once", async () => {
    const { bridge, backends } = await fleet([hang, echo], { maxAttempts: 2 })
    while (backends[0].calls.length === 0) {
      const answer = await callPage(bridge.address, { message: "hello" })
      expect([answer.code, ...answer.messages.map(String)]).toEqual([0, "hello"])
    }
    expect(await backends[0].calls[0].closed).toBe(8)
    const ends = [{ endpoint: backends[0].url, code: 1, why: "another-was-first" }]
    expect(bridge.records.at(-1)).toMatchObject({ attempts: 2, attemptEnds: ends, endpoint: backends[1].url })
    expect(backends[1].calls.at(-1)?.field("grpc-previous-rpc-attempts")).toBe("1")
    expect(retriesOf(bridge)).toBe(0)
  })

  it("begins the next attempt at once after a status that is not fatal", async () => {
    const { bridge, backends } = await fleet([fail, echo], { delayMs: 60_000, maxAttempts: 2 })
    while (backends[0].calls.length === 0) expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    expect(bridge.records.at(-1)).toMatchObject({ attempts: 2, attemptEnds: [{ code: 14, why: "backend-status" }] })
  })

  it("ends with a fatal status, and resets the attempts that still run", async () => {
    let calls = 0
    const { bridge, backends } = await fleet([(call) => void (calls++ > 0 && call.statusOnly(5, "nothing here"))])
    expect(await callPage(bridge.address)).toMatchObject({ code: 5, message: "nothing here" })
    expect(backends[0].calls).toHaveLength(2)
    expect(await backends[0].calls[0].closed).toBe(8)
  })

  it("gives the last status once every attempt has failed", async () => {
    const { bridge, backends } = await fleet([fail])
    expect(await callPage(bridge.address)).toMatchObject({ code: 14, message: "busy", reason: null })
    expect(backends[0].calls).toHaveLength(3)
    expect(bridge.records[0]).toMatchObject({ attempts: 3, notRetried: "attempts-used-up" })
    expect(bridge.records[0].attemptEnds).toHaveLength(2)
    expect(retriesOf(bridge)).toBe(0)
  })

  it("begins no further attempt if the backend pushes back", async () => {
    const { bridge, backends } = await fleet([(call) => call.statusOnly(14, "", ["grpc-retry-pushback-ms", "-1"])])
    expect(await callPage(bridge.address)).toMatchObject({ code: 14 })
    expect(backends[0].calls).toHaveLength(1)
    expect(bridge.records[0]).toMatchObject({ notRetried: "pushback" })
  })

  it("waits as long as the backend asks", async () => {
    let calls = 0
    const pushback = ["grpc-retry-pushback-ms", "5"]
    const handler: BackendHandler = (call) => (calls++ === 0 ? call.statusOnly(14, "", pushback) : call.end())
    const { bridge } = await fleet([handler], { delayMs: 60_000 })
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    expect(calls).toBe(2)
    expect(retriesOf(bridge)).toBe(0)
  })

  it("ends every attempt with its client, and at the deadline", async () => {
    const { bridge, backends } = await fleet([hang, hang])
    const call = new PageCall(bridge.address)
    await waitFor(() => callsOf(backends) === 3)
    expect(retriesOf(bridge)).toBe(2)
    call.cancel()
    await waitFor(() => backends.every(({ openCalls }) => openCalls === 0))
    const answer = await callPage(bridge.address, { fields: ["grpc-timeout", "80m"] })
    expect(answer).toMatchObject({ code: 4, reason: "deadline-exceeded" })
    await waitFor(() => backends.every(({ openCalls }) => openCalls === 0))
    expect(retriesOf(bridge)).toBe(0)
    expect(bridge.records.map(({ attempts }) => attempts)[0]).toBe(3)
  })

  it("hedges within the upstream's budget and its limit of retries", async () => {
    const poor = await fleet([fail], { delayMs: 60_000, budget: { maxTokens: 4, tokenRatio: 1 } })
    expect(await callPage(poor.bridge.address)).toMatchObject({ code: 14, reason: "retry-budget-exhausted" })
    expect(poor.backends[0].calls).toHaveLength(2)
    const limited = await fleet([hang], { delayMs: 1 }, { maxRetries: 1 })
    const call = new PageCall(limited.bridge.address)
    await waitFor(() => limited.bridge.cluster.breaker.refusals.retries === 1 && limited.backends[0].calls.length > 1)
    expect(limited.backends[0].calls).toHaveLength(2)
    call.cancel()
  })
})

describe("the request of a hedged call", () => {
  it("reaches attempts that begin while it is still sent, as a whole", async () => {
    const { bridge, backends } = await fleet([hang, echo], { delayMs: 1, maxAttempts: 2 })
    const call = new PageCall(bridge.address, { message: null })
    call.send("one")
    await waitFor(() => callsOf(backends) === 2)
    call.send("two")
    call.end()
    const { code, messages } = await call.answer
    expect([code, messages.map(String)]).toEqual([0, ["one", "two"]])
  })

  it("goes on to one attempt alone once it is too long to be kept", async () => {
    const { bridge, backends } = await fleet([echo, echo], { delayMs: 1, maxAttempts: 2 })
    const call = new PageCall(bridge.address, { message: null })
    call.send("one")
    await waitFor(() => callsOf(backends) === 2)
    for (let i = 0; i < 20; i++) call.send(Buffer.alloc(20_000, i))
    call.end()
    const { code, messages } = await call.answer
    expect([code, messages.map(({ length }) => length)]).toEqual([0, [3, ...Array<number>(20).fill(20_000)]])
    expect(bridge.records[0].attemptEnds).toMatchObject([{ code: 1, why: "another-was-first" }])
  })

  it("waits for a backend that reads it late, and reaches it as a whole", async () => {
    const { promise: isReading, resolve: read } = Promise.withResolvers<void>()
    const late: BackendHandler = async (call) => {
      await isReading
      const messages = await call.all()
      call.message(String(messages.reduce((sum, { length }) => sum + length, 0)))
      call.end()
    }
    const { bridge, backends } = await fleet([late], { delayMs: 60_000 })
    const call = new PageCall(bridge.address, { message: null, carrier: "http2" })
    for (let i = 0; i < 100; i++) call.send(Buffer.alloc(20_000))
    call.end()
    await waitFor(() => backends[0].calls.length === 1 && bridge.stalls.heldBytes > 65_536)
    read()
    const { code, messages } = await call.answer
    expect([code, messages.map(String)]).toEqual([0, ["2000000"]])
  })

  it("is sent again after a transparent retry of its only attempt", async () => {
    let calls = 0
    const refuseFirst: BackendHandler = async (call) => {
      await (calls++ === 0 ? call.stream.close(7) : echo(call))
    }
    const { bridge } = await fleet([refuseFirst], { delayMs: 60_000 })
    const answer = await callPage(bridge.address, { message: "again" })
    expect([answer.code, ...answer.messages.map(String)]).toEqual([0, "again"])
    expect(bridge.records[0]).toMatchObject({ attempts: 2, attemptEnds: [{ why: "backend-refused" }] })
  })
})
