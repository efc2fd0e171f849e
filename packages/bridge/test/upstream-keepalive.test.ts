import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest"
import { dataFrame, goawayFrame, grpcMessage, H2Code, headersFrame, Type } from "./support/h2-frames.ts"
import { callPage, PageCall } from "./support/page-call.ts"
import type { RawPeer } from "./support/raw-h2.ts"
import { nextTurn } from "./support/raw-h2.ts"
import { clusterDefaults } from "./support/start-bridge.ts"
import { rawScene } from "./support/scene.ts"
import { waitFor } from "./support/wait-for.ts"

const head = headersFrame(1, [":status", "200", "content-type", "application/grpc"])
const ok = headersFrame(1, ["grpc-status", "0"], true)

/** Ten seconds on the bridge's clocks, and enough real time for a PING and its answer. */
async function tenSeconds(): Promise<void> {
  vi.advanceTimersByTime(10_000)
  for (let turn = 0; turn < 20; turn++) await nextTurn()
}

const pings = (peer: RawPeer): number => peer.frames.filter((one) => one.type === Type.Ping && one.flags === 0).length

describe("a backend that has silently vanished (C38)", () => {
  // Only the bridge's clocks are fake; sockets and the test's own waits use real time.
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "setTimeout", "clearTimeout", "performance"] })
    onTestFinished(() => void vi.useRealTimers())
  })

  it("is found by a PING that it does not answer: its calls are UNAVAILABLE, and the next call has a new session", async () => {
    const { backend, bridge } = await rawScene(undefined, { peer: { answersPings: false } })
    const call = new PageCall(bridge.address)
    const first = await backend.peer(1)
    await first.stream(1)
    first.send(head, dataFrame(1, grpcMessage("m")))
    await call.received(1)
    vi.advanceTimersByTime(30_000)
    await waitFor(() => pings(first) === 1)
    vi.advanceTimersByTime(20_000)
    const answer = await call.answer
    expect(answer).toMatchObject({ code: 14, reason: "backend-lost", isCut: false })
    expect(answer.messages).toHaveLength(1)

    const next = callPage(bridge.address)
    await waitFor(() => bridge.gauges().queued === 1 || backend.peers.length === 2)
    vi.advanceTimersByTime(1_000)
    const second = await backend.peer(2)
    await second.stream(1)
    second.send(head, ok)
    expect(await next).toMatchObject({ code: 0 })
  })

  it("is not assumed if it answers: a silent stream stays open (C41)", async () => {
    const { backend, bridge } = await rawScene()
    const call = new PageCall(bridge.address)
    const peer = await backend.peer(1)
    await peer.stream(1)
    for (let at = 0; at < 120; at++) await tenSeconds()
    expect(pings(peer)).toBeGreaterThan(1)
    expect(pings(peer)).toBeLessThan(6)
    peer.send(head, ok)
    expect(await call.answer).toMatchObject({ code: 0 })
    expect(backend.peers).toHaveLength(1)
  })

  it("is found after a PING that it answered, when a call waits that began later", async () => {
    const { backend, bridge } = await rawScene()
    const idle = new PageCall(bridge.address)
    const peer = await backend.peer(1)
    await peer.stream(1)
    for (let at = 0; at < 5; at++) await tenSeconds()
    expect(pings(peer)).toBe(1)
    peer.stopAnsweringPings()
    const call = callPage(bridge.address)
    await peer.stream(2)
    for (let at = 0; at < 5; at++) await tenSeconds()
    expect(await call).toMatchObject({ code: 14, reason: "backend-lost" })
    expect(await idle.answer).toMatchObject({ code: 14, reason: "backend-lost" })
  })

  it("is found although every call ends by its deadline before the silence is long enough", async () => {
    const { backend, bridge } = await rawScene(undefined, { peer: { answersPings: false } })
    const peer = await backend.peer(1)
    await waitFor(() => bridge.cluster.isReachable)
    for (let at = 1; at <= 3; at++) {
      const call = callPage(bridge.address, { fields: ["grpc-timeout", "2S"] })
      await peer.stream(at)
      vi.advanceTimersByTime(2_000)
      expect(await call).toMatchObject({ code: 4 })
      await tenSeconds()
    }
    for (let at = 0; at < 3; at++) await tenSeconds()
    await waitFor(() => peer.isClosed)
    expect(bridge.lostSessions).toHaveLength(1)
  })

  it("is looked for as often as `keepalive` says, on sessions that are open when it changes too", async () => {
    const { backend, bridge } = await rawScene(undefined, { keepaliveMs: 400 })
    const call = new PageCall(bridge.address)
    const peer = await backend.peer(1)
    await peer.stream(1)
    vi.advanceTimersByTime(600)
    await waitFor(() => pings(peer) === 1)
    peer.send(head)
    await waitFor(() => bridge.cluster.streams === 1 && call.hasHead)
    bridge.cluster.limit({ ...clusterDefaults, keepaliveMs: 200 })
    vi.advanceTimersByTime(300)
    await waitFor(() => pings(peer) === 2)
    peer.send(headersFrame(1, ["grpc-status", "0"], true))
    expect(await call.answer).toMatchObject({ code: 0 })
  })

  it("is pinged half as often on the next session after too_many_pings (gRFC A8)", async () => {
    const { backend, bridge } = await rawScene()
    const first = await backend.peer(1)
    await waitFor(() => bridge.cluster.isReachable)
    first.send(goawayFrame(0, H2Code.EnhanceYourCalm, "too_many_pings"))
    await waitFor(() => first.isClosed && !bridge.cluster.isReachable)
    vi.advanceTimersByTime(1_000) // a session that ended before it had served a call is not replaced at once
    const second = await backend.peer(2)
    await waitFor(() => bridge.cluster.isReachable)
    const call = new PageCall(bridge.address)
    await second.stream(1)
    for (let at = 0; at < 60; at++) await tenSeconds()
    expect(pings(second)).toBe(1)
    second.send(head, ok)
    expect(await call.answer).toMatchObject({ code: 0 })
  })
})
