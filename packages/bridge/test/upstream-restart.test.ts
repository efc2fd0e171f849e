import { setTimeout as after } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import type { BackendHandler } from "./support/grpc-backend.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import type { PageAnswer } from "./support/page-call.ts"
import { callPage, PageCall } from "./support/page-call.ts"
import { grpcScene, leaveNothing } from "./support/scene.ts"
import { startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"

const slowEcho: BackendHandler = async (call) => {
  const [message] = await call.all()
  await after(20)
  call.message(message)
  call.end()
}

/** Calls without a pause, `width` at a time, until `isDone`. */
async function load(address: string, width: number, isDone: () => boolean): Promise<PageAnswer[]> {
  const answers: PageAnswer[] = []
  const worker = async (number: number): Promise<void> => {
    while (!isDone()) answers.push(await callPage(address, { carrier: number % 2 === 0 ? "http1" : "http2" }))
  }
  await Promise.all(Array.from({ length: width }, (_, number) => worker(number)))
  return answers
}

describe("a backend that loses its connections every 200 ms under load", () => {
  it("fails the calls in flight and no other", async () => {
    const { backend, bridge } = await grpcScene(slowEcho)
    const cuts: { from: number; until: number }[] = []
    let isDone = false
    const answers = load(bridge.address, 8, () => isDone)
    for (let cut = 0; cut < 8; cut++) {
      const served = bridge.records.length
      await Promise.all([after(200), waitFor(() => bridge.records.length > served + 8)])
      const from = performance.now()
      backend.cut()
      await waitFor(() => bridge.sessionEvents.filter((event) => event === "closed").length > cut)
      cuts.push({ from, until: performance.now() })
    }
    isDone = true
    for (const answer of await answers) {
      if (answer.code !== 0) expect(answer).toMatchObject({ code: 14, reason: "backend-lost", isCut: false })
    }
    for (const { startedAt, endedAt } of bridge.records.filter((record) => record.code !== 0)) {
      expect(cuts.some(({ from, until }) => startedAt <= until && endedAt >= from)).toBe(true)
    }
    expect(bridge.sessionEvents.filter((event) => event.startsWith("failed"))).toEqual([])
  })
})

describe("a backend that is killed and started again on its port, in a loop, under steady load", () => {
  it("loses only the calls in flight: a waiting call survives the absence", async () => {
    let backend = await startGrpcBackend({ "/test.Service/Method": slowEcho })
    const { port } = backend
    const bridge = await startBridge({ upstream: backend.url, patienceMs: 10_000 })
    leaveNothing(bridge)
    let isDone = false
    const answers = load(bridge.address, 16, () => isDone)
    for (let kill = 0; kill < 5; kill++) {
      await waitFor(() => backend.calls.length > 20)
      await backend.close()
      await waitFor(() => !bridge.cluster.isReachable && bridge.gauges().queued > 4)
      await waitFor(() => bridge.cluster.failure !== null) // a dial has failed, and the calls still wait
      backend = await startGrpcBackend({ "/test.Service/Method": slowEcho }, { port })
    }
    isDone = true
    const lost = (await answers).filter(({ code }) => code !== 0)
    expect(lost.filter(({ reason }) => reason !== "backend-lost")).toEqual([])
    await backend.close()
  })

  it("makes calls fail at once when it has been away for long, and names the cause", async () => {
    const backend = await startGrpcBackend({ "/test.Service/Method": slowEcho })
    const bridge = await startBridge({ upstream: backend.url, patienceMs: 300 })
    leaveNothing(bridge)
    await waitFor(() => bridge.cluster.isReachable)
    const since = performance.now()
    await backend.close()
    await waitFor(() => !bridge.cluster.isReachable)
    expect(await callPage(bridge.address)).toMatchObject({ code: 14, reason: "backend-unreachable" })
    expect(performance.now() - since).toBeGreaterThanOrEqual(299)
    for (let call = 0; call < 5; call++) {
      const before = bridge.sessionEvents.length
      const answer = await callPage(bridge.address)
      expect(answer).toMatchObject({ code: 14, reason: "backend-unreachable" })
      expect(decodeURIComponent(answer.message)).toContain("ECONNREFUSED")
      const dials = bridge.sessionEvents.length - before
      expect(dials === 1 || dials === 2).toBe(true) // one for this call, and one that was due when it came
    }
  })
})

describe("a backend that goes away and comes back", () => {
  it("is UNAVAILABLE in between, never silent, and serves the first call afterwards", async () => {
    const backend = await startGrpcBackend({ "/test.Service/Method": slowEcho })
    const { port } = backend
    const bridge = await startBridge({ upstream: backend.url })
    leaveNothing(bridge)
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    await backend.close()
    for (let cycle = 0; cycle < 5; cycle++) {
      const down = await callPage(bridge.address)
      expect(down).toMatchObject({ code: 14, reason: "backend-unreachable", isCut: false })
      const again = await startGrpcBackend({ "/test.Service/Method": slowEcho }, { port })
      expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
      await again.close()
      await waitFor(() => !bridge.cluster.isReachable)
    }
  })

  it("ends a stream that it was sending at once (C36)", async () => {
    const { backend, bridge } = await grpcScene((call) => void call.message("first"))
    const call = new PageCall(bridge.address)
    await call.received(1)
    await backend.close()
    expect(await call.answer).toMatchObject({ code: 14, reason: "backend-lost", isCut: false })
  })
})
