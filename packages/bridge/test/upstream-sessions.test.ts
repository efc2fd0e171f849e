import { describe, expect, it, onTestFinished, vi } from "vitest"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { holdIn } from "./support/handlers.ts"
import { callPage, PageCall } from "./support/page-call.ts"
import { grpcScene } from "./support/scene.ts"
import { startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"

describe("the sessions to a backend", () => {
  it("are opened before the first call, which finds one", async () => {
    const { backend, bridge } = await grpcScene((call) => call.statusOnly(0))
    await waitFor(() => bridge.cluster.isReachable)
    expect(backend.accepted).toBe(1)
    expect(backend.calls).toEqual([])
    expect(bridge.cluster.sessions).toBe(1)
    expect(bridge.cluster.failure).toBeNull()
  })

  it("are one for many calls, and one again once the others were idle for a while", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] })
    onTestFinished(() => void vi.useRealTimers())
    const held: (() => void)[] = []
    const { backend, bridge } = await grpcScene(holdIn(held), { backend: { maxConcurrentStreams: 10 }, maxSessions: 4 })
    const calls = Array.from({ length: 25 }, () => callPage(bridge.address))
    await waitFor(() => held.length === 25)
    expect(bridge.cluster.sessions).toBe(3)
    expect(bridge.gauges().streams).toBe(25)
    for (const release of held) release()
    for (const answer of await Promise.all(calls)) expect(answer).toMatchObject({ code: 0 })
    await waitFor(() => bridge.gauges().streams === 0)
    vi.advanceTimersByTime(60_000)
    await waitFor(() => bridge.cluster.sessions === 1 && backend.sessions.size === 1)
    expect(bridge.cluster.isReachable).toBe(true)
    const next = callPage(bridge.address)
    await waitFor(() => held.length === 26)
    held[25]()
    expect(await next).toMatchObject({ code: 0 })
  })

  it("keep an idle one beside a draining one, and close none with a stream", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] })
    onTestFinished(() => void vi.useRealTimers())
    let release = (): void => {}
    const { backend, bridge } = await grpcScene(
      async (call) => {
        call.message("m")
        await new Promise<void>((resolve) => (release = resolve))
        call.end()
      },
      { backend: { maxConcurrentStreams: 1 } },
    )
    const streaming = new PageCall(bridge.address)
    await streaming.received(1)
    const [first] = backend.sessions
    first.goaway(0)
    await waitFor(() => backend.accepted === 2 && bridge.cluster.isReachable)
    vi.advanceTimersByTime(120_000)
    expect(bridge.cluster.isReachable).toBe(true)
    release()
    expect(await streaming.answer).toMatchObject({ code: 0 })
    await waitFor(() => bridge.cluster.sessions === 1)
    expect(backend.accepted).toBe(2)
  })

  it("drain with the bridge: open calls finish, waiting ones and later ones are refused as draining", async () => {
    let release = (): void => {}
    const backend = await startGrpcBackend(
      {
        "/test.Service/Method": async (call) => {
          call.message("first")
          await new Promise<void>((resolve) => (release = resolve))
          call.message("last")
          call.end()
        },
      },
      { maxConcurrentStreams: 1 },
    )
    const bridge = await startBridge({ upstream: backend.url, maxSessions: 1 })
    const open = new PageCall(bridge.address)
    await open.received(1)
    const waiting = callPage(bridge.address)
    await waitFor(() => bridge.gauges().queued === 1)
    bridge.cluster.drain()
    expect(await waiting).toMatchObject({ code: 14, reason: "draining" })
    expect(await callPage(bridge.address)).toMatchObject({ code: 14, reason: "draining" })
    release()
    const answer = await open.answer
    expect(answer).toMatchObject({ code: 0, isCut: false })
    expect(answer.messages.map(String)).toEqual(["first", "last"])
    await waitFor(() => backend.sessions.size === 0)
    expect(backend.accepted).toBe(1)
    await bridge.close()
    await backend.close()
  })
})
