import { setTimeout as after } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import { goawayFrame, H2Code, Setting } from "./support/h2-frames.ts"
import { Requester } from "./support/requester.ts"
import { grpcScene, rawScene } from "./support/scene.ts"
import { waitFor } from "./support/wait-for.ts"

describe("the connections to a backend", () => {
  it("are bounded under cancels: a session with too many resets rests if no other can replace it", async () => {
    const { backend, bridge } = await grpcScene(() => {}, { maxSessions: 2 })
    await waitFor(() => bridge.cluster.isReachable)
    const held: Requester[] = []
    for (let wave = 0; wave < 20; wave++) {
      const calls = Array.from({ length: 100 }, () => new Requester())
      for (const call of calls) bridge.cluster.acquire(call)
      await waitFor(() => calls.every((call) => call.stream !== null) || backend.accepted >= 3)
      // One of each wave is a healthy call: its session cannot close.
      if (calls[0].stream !== null) held.push(calls[0])
      for (const call of calls) {
        if (call === held.at(-1)) continue
        bridge.cluster.release(call)
        call.stream?.reset(H2Code.Cancel)
      }
      await waitFor(() => bridge.gauges().streams === held.length)
      expect(backend.sessions.size).toBeLessThanOrEqual(3)
    }
    expect(backend.accepted).toBe(3)
    expect(held.every(({ loss }) => loss === null)).toBe(true)
    for (const call of held) call.stream?.reset(H2Code.Cancel)
  })

  it("are not opened again and again when the backend ends each at once, and no call waits", async () => {
    const { backend, bridge } = await rawScene((peer) => peer.send(goawayFrame(0, H2Code.NoError)))
    await waitFor(() => bridge.sessionEvents.length > 0)
    await after(1_000)
    expect(backend.peers.length).toBeLessThan(8)
  })

  it("are one more than the limit while the only one drains, and no more, however many calls wait", async () => {
    const { backend, bridge } = await rawScene(undefined, {
      maxSessions: 1,
      peer: { settings: [[Setting.MaxConcurrentStreams, 1]] },
    })
    const calls = Array.from({ length: 3 }, (_, i) => new Requester(`192.0.2.${i}`))
    for (const call of calls) bridge.cluster.acquire(call)
    for (const number of [1, 2]) {
      const peer = await backend.peer(number)
      await peer.stream(1)
      peer.send(goawayFrame(2 ** 31 - 1, H2Code.NoError))
    }
    await after(300)
    expect(backend.peers).toHaveLength(2)
    expect(bridge.gauges().queued).toBe(1)
    // One of the draining calls ends, and with it its connection: the third call has its turn.
    calls[0].stream?.reset(H2Code.Cancel)
    await (await backend.peer(3)).stream(1)
    for (const call of calls) call.stream?.reset(H2Code.Cancel)
  })

  it("are renewed after many answers that came before the ends of their uploads: each costs a reset", async () => {
    const { backend, bridge } = await grpcScene((call) => call.statusOnly(0))
    await waitFor(() => bridge.cluster.isReachable)
    for (let call = 0; call < 600; call++) bridge.cluster.acquire(new Requester())
    await waitFor(() => bridge.gauges().streams === 0)
    bridge.cluster.acquire(new Requester())
    await waitFor(() => backend.calls.length === 601)
    expect(backend.accepted).toBe(2)
  })

  it("carry calls beside uploads that the backend does not read, and after those were cancelled", async () => {
    const { backend, bridge } = await grpcScene((call) => {
      if (call.field("x-answered") !== null) call.statusOnly(0)
    })
    await waitFor(() => bridge.cluster.isReachable)
    const lossOfNext = async (): Promise<unknown> => {
      const call = new Requester()
      const fields = call.fields()
      let isAnswered = false
      call.fields = () => [...fields, "x-answered", "1"]
      call.head = () => (isAnswered = true)
      bridge.cluster.acquire(call)
      call.stream?.end()
      await waitFor(() => isAnswered || call.loss !== null)
      return call.loss
    }
    // More than Node allows a session by default, and more than a gigabyte.
    const upload = Buffer.alloc(4 << 20)
    const uploads = Array.from({ length: 300 }, () => new Requester())
    for (const one of uploads) {
      bridge.cluster.acquire(one)
      one.stream?.write([upload])
    }
    await waitFor(() => backend.calls.length === uploads.length)
    expect(await lossOfNext()).toBeNull()
    for (const one of uploads) one.stream?.reset(H2Code.Cancel)
    await waitFor(() => bridge.gauges().streams === 0)
    expect(await lossOfNext()).toBeNull()
    expect(backend.accepted).toBe(1)
  })

  it("carry fields that a client sends twice: the backend decides about them", async () => {
    const { backend, bridge } = await rawScene()
    await waitFor(() => bridge.cluster.isReachable)
    const call = new Requester()
    const fields = call.fields()
    call.fields = () => [...fields, "authorization", "a", "authorization", "b"]
    bridge.cluster.acquire(call)
    expect(await (await backend.peer(1)).stream(1)).toBe(1)
    call.stream?.reset(H2Code.Cancel)
  })
})
