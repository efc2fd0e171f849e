import { describe, expect, it } from "vitest"
import { dataFrame, grpcMessage, headersFrame, Setting, settingsFrame } from "./support/h2-frames.ts"
import { holdIn } from "./support/handlers.ts"
import { callPage, PageCall } from "./support/page-call.ts"
import { grpcScene, rawScene } from "./support/scene.ts"
import { waitFor } from "./support/wait-for.ts"

const answer = (id: number): Buffer[] => [
  headersFrame(id, [":status", "200", "content-type", "application/grpc"]),
  dataFrame(id, grpcMessage("m")),
  headersFrame(id, ["grpc-status", "0"], true),
]

describe("a backend that accepts one stream at a time (C37)", () => {
  it("answers ten parallel calls: further sessions are opened", async () => {
    const held: (() => void)[] = []
    const { backend, bridge } = await grpcScene(holdIn(held), { backend: { maxConcurrentStreams: 1 }, maxSessions: 5 })
    const calls = Array.from({ length: 10 }, () => callPage(bridge.address))
    await waitFor(() => held.length === 4 && bridge.gauges().queued === 6)
    expect(bridge.gauges()).toMatchObject({ queued: 6, streams: 4 })
    while (bridge.records.length < 10) {
      await waitFor(() => held.length > 0 || bridge.records.length === 10)
      held.shift()?.()
    }
    for (const one of await Promise.all(calls)) expect(one).toMatchObject({ code: 0 })
    expect(backend.accepted).toBeLessThanOrEqual(5)
    expect(bridge.records.every((record) => record.attempts === 1)).toBe(true)
  })

  it("answers ten parallel calls over one session, one after the other", async () => {
    let open = 0
    let mostOpen = 0
    const { backend, bridge } = await grpcScene(
      async (call) => {
        mostOpen = Math.max(mostOpen, ++open)
        await call.all()
        call.message("m")
        call.end()
        open--
      },
      { backend: { maxConcurrentStreams: 1 }, maxSessions: 1 },
    )
    const calls = Array.from({ length: 10 }, (_, i) => callPage(bridge.address, { carrier: i % 2 ? "http1" : "http2" }))
    for (const one of await Promise.all(calls)) expect(one).toMatchObject({ code: 0 })
    expect(mostOpen).toBe(1)
    expect(backend.accepted).toBe(1)
  })
})

describe("a backend that changes its stream limit", () => {
  it("gets the waiting calls as soon as it accepts more", async () => {
    const settings = [[Setting.MaxConcurrentStreams, 0]] as const
    const { backend, bridge } = await rawScene(undefined, { maxSessions: 1, peer: { settings } })
    const calls = [callPage(bridge.address), callPage(bridge.address)]
    const peer = await backend.peer(1)
    await waitFor(() => bridge.gauges().queued === 2)
    expect(peer.opened).toEqual([])
    peer.send(settingsFrame([[Setting.MaxConcurrentStreams, 1]]))
    peer.send(...answer(await peer.stream(1)))
    await waitFor(() => bridge.records.length === 1)
    peer.send(...answer(await peer.stream(2)))
    for (const one of await Promise.all(calls)) expect(one).toMatchObject({ code: 0 })
  })

  it("and lowers it: open calls go on, new ones wait", async () => {
    const { backend, bridge } = await rawScene(undefined, { maxSessions: 1 })
    const first = [new PageCall(bridge.address), new PageCall(bridge.address)]
    const peer = await backend.peer(1)
    await waitFor(() => peer.opened.length === 2)
    peer.send(settingsFrame([[Setting.MaxConcurrentStreams, 1]]))
    peer.send(headersFrame(1, [":status", "200", "content-type", "application/grpc"]), dataFrame(1, grpcMessage("m")))
    await Promise.race(first.map((call) => call.received(1)))
    const third = callPage(bridge.address)
    await waitFor(() => bridge.gauges().queued === 1)
    peer.send(headersFrame(1, ["grpc-status", "0"], true))
    await waitFor(() => bridge.records.length === 1)
    expect(bridge.gauges()).toMatchObject({ queued: 1, streams: 1 })
    peer.send(...answer(3))
    peer.send(...answer(await peer.stream(3)))
    for (const one of [...first.map((call) => call.answer), third]) expect(await one).toMatchObject({ code: 0 })
  })
})
