import { describe, expect, it } from "vitest"
import { callPage, PageCall } from "./support/page-call.ts"
import { headersFrame, Setting, settingsFrame } from "./support/h2-frames.ts"
import { nextTurn } from "./support/raw-h2.ts"
import type { RawScene } from "./support/scene.ts"
import { rawScene } from "./support/scene.ts"
import { carriers } from "./support/web-call.ts"
import { waitFor } from "./support/wait-for.ts"

/** A backend that accepts no stream for now. */
async function full(maxQueued = 1_024): Promise<RawScene> {
  const settings = [[Setting.MaxConcurrentStreams, 0]] as const
  const scene = await rawScene(undefined, { maxQueued, maxSessions: 1, peer: { settings } })
  await waitFor(() => scene.bridge.cluster.isReachable)
  return scene
}

describe("a call that waits for a stream", () => {
  it("is refused with backend-busy when too many wait, and the waiting calls go on", async () => {
    const { backend, bridge } = await full(3)
    const waiting = ["127.0.0.1", "127.0.0.1", "127.0.0.2"].map((from) => callPage(bridge.address, { from }))
    await waitFor(() => bridge.gauges().queued === 3)
    expect(await callPage(bridge.address, { from: "127.0.0.3" })).toMatchObject({
      httpStatus: 200,
      code: 14,
      reason: "backend-busy",
    })
    const peer = await backend.peer(1)
    peer.onFrame = ({ streamId }) => {
      if (!peer.hasEnded(streamId)) return
      peer.forget(streamId)
      peer.send(
        headersFrame(streamId, [":status", "200", "content-type", "application/grpc", "grpc-status", "0"], true),
      )
    }
    peer.send(settingsFrame([[Setting.MaxConcurrentStreams, 100]]))
    for (const one of await Promise.all(waiting)) expect(one).toMatchObject({ code: 0 })
  })

  it.each(carriers)("leaves the queue with its client: the backend never gets it (%s)", async (carrier) => {
    const { backend, bridge } = await full()
    const calls = Array.from({ length: 5 }, () => new PageCall(bridge.address, { carrier }))
    await waitFor(() => bridge.gauges().queued === 5)
    for (const call of calls) call.cancel()
    await waitFor(() => bridge.gauges().queued === 0)
    await waitFor(() => bridge.records.length === 5)
    expect(bridge.records.every((record) => record.error?.reason === "client-gone")).toBe(true)
    const peer = await backend.peer(1)
    peer.send(settingsFrame([[Setting.MaxConcurrentStreams, 100]]))
    await nextTurn()
    expect(peer.opened).toEqual([])
  })

  it("leaves the queue at its deadline with status 4", async () => {
    const { backend, bridge } = await full()
    const since = performance.now()
    const answer = await callPage(bridge.address, { fields: ["grpc-timeout", "150m"] })
    expect(answer).toMatchObject({ code: 4, reason: "deadline-exceeded" })
    expect(performance.now() - since).toBeGreaterThanOrEqual(149)
    expect((await backend.peer(1)).opened).toEqual([])
  })

  // Over HTTP/2: a paused HTTP/1.1 connection does not tell that its client has left.
  it("holds no more than one buffer of its upload: the client is paused", async () => {
    const { bridge } = await full()
    const call = new PageCall(bridge.address, { carrier: "http2", message: null })
    for (let sent = 0; sent < 100; sent++) call.send(Buffer.alloc(65_536))
    await waitFor(() => bridge.gauges().queued === 1)
    await nextTurn()
    call.cancel()
    await waitFor(() => bridge.records.length === 1)
    expect(bridge.records[0].requestBytes).toBeLessThan(200_000)
  })
})
