import { describe, expect, it } from "vitest"
import { goawayFrame, H2Code, Setting } from "./support/h2-frames.ts"
import { Requester } from "./support/requester.ts"
import type { RawScene } from "./support/scene.ts"
import { grpcScene, rawScene } from "./support/scene.ts"
import { waitFor } from "./support/wait-for.ts"

const cancel = H2Code.Cancel

/** Requests streams, for each of these clients in turn. */
function ask({ bridge }: Pick<RawScene, "bridge">, count: number, ...clients: readonly string[]): Requester[] {
  return Array.from({ length: count }, (_, i) => {
    const requester = new Requester(clients[i % clients.length])
    bridge.cluster.acquire(requester)
    return requester
  })
}

const opened = (all: readonly Requester[]): number => all.filter(({ stream }) => stream !== null).length
const refused = (all: readonly Requester[]): string[] => all.flatMap(({ refusal }) => refusal?.reason ?? [])

async function resetAll({ bridge }: Pick<RawScene, "bridge">, all: readonly Requester[]): Promise<void> {
  for (const one of all) bridge.cluster.release(one)
  for (const one of all) one.stream?.reset(cancel)
  await waitFor(() => bridge.gauges().streams === 0 && bridge.gauges().queued === 0)
  expect(bridge.cluster.clients).toBe(0)
}

describe("a burst of calls", () => {
  it.each([
    ["before the first session is open", false],
    ["while one session is open", true],
  ])("that each can have a stream is never refused, %s", async (_when, isOpen) => {
    const scene = await grpcScene(() => {}, { startsCluster: isOpen })
    if (isOpen) await waitFor(() => scene.bridge.cluster.isReachable)
    const calls = ask(scene, isOpen ? 3_000 : 2_000, "192.0.2.1", "192.0.2.2", "192.0.2.3")
    await waitFor(() => opened(calls) === calls.length)
    expect(refused(calls)).toEqual([])
    await resetAll(scene, calls)
  })

  it("beyond the room of connecting sessions waits, and beyond the queue is refused", async () => {
    const scene = await rawScene(undefined, { maxSessions: 2, maxQueued: 4, peer: limit(4) })
    await waitFor(() => scene.bridge.cluster.isReachable)
    const calls = ask(scene, 20, ...Array.from({ length: 20 }, (_, i) => `192.0.2.${i}`))
    // 4 on the open session, 4 on the connecting one, 4 in the queue.
    expect(refused(calls)).toEqual(Array.from({ length: 8 }, () => "backend-busy"))
    await waitFor(() => opened(calls) === 8)
    expect(scene.bridge.gauges().queued).toBe(4)
    await resetAll(scene, calls)
  })
})

const limit = (streams: number): { settings: readonly (readonly [number, number])[] } => ({
  settings: [[Setting.MaxConcurrentStreams, streams]],
})

describe("the share of a client address", () => {
  it("is three quarters of the backend's streams: a neighbour gets one at once", async () => {
    const scene = await rawScene(undefined, { maxSessions: 2, peer: limit(8) })
    await waitFor(() => scene.bridge.cluster.isReachable)
    const greedy = ask(scene, 100, "192.0.2.1")
    await waitFor(() => opened(greedy) === 12)
    expect(scene.bridge.gauges()).toMatchObject({ streams: 12, queued: 88 })
    const neighbours = ask(scene, 4, "192.0.2.2", "2001:db8::1")
    expect(opened(neighbours)).toBe(4)
    // The greedy client gets the stream that it has released.
    greedy[0].stream?.reset(cancel)
    await waitFor(() => opened(greedy) === 13)
    await resetAll(scene, [...greedy, ...neighbours])
  })

  it("is half of the queue: beyond it its calls are refused, a neighbour's wait", async () => {
    const scene = await rawScene(undefined, { maxSessions: 1, maxQueued: 10, peer: limit(0) })
    await waitFor(() => scene.bridge.cluster.isReachable)
    const greedy = ask(scene, 8, "2001:db8:0:7::1", "2001:db8:0:7::2")
    expect(refused(greedy)).toEqual(["client-busy", "client-busy", "client-busy"])
    expect(greedy[7].refusal).toMatchObject({ code: 8, message: expect.stringContaining("2001:db8:0:7::/64") })
    expect(greedy[7].refusal?.message).toContain("--trusted-proxies")
    const neighbours = ask(scene, 5, "192.0.2.2")
    expect(refused(neighbours)).toEqual([])
    await resetAll(scene, [...greedy, ...neighbours])
  })

  it("is --max-calls-per-client where that is less, in flight and waiting together", async () => {
    const scene = await rawScene(undefined, { maxSessions: 1, maxCallsPerClient: 3, peer: limit(2) })
    await waitFor(() => scene.bridge.cluster.isReachable)
    const calls = ask(scene, 4, "192.0.2.1")
    expect(refused(calls)).toEqual(["client-busy"])
    expect(calls[3].refusal?.message).toContain("3 (--max-calls-per-client")
    const neighbours = ask(scene, 1, "192.0.2.2")
    expect(refused(neighbours)).toEqual([])
    await resetAll(scene, [...calls, ...neighbours])
  })
})

describe("calls that wait", () => {
  it("are served in turn by client, and in order of arrival within one client", async () => {
    const order: string[] = []
    const scene = await rawScene(undefined, { maxSessions: 1, peer: limit(1) })
    await waitFor(() => scene.bridge.cluster.isReachable)
    const [holder] = ask(scene, 1, "192.0.2.9")
    const asked = ["a1", "a2", "a3", "b1", "b2", "c1"].map((name) => {
      const requester = new Requester(`192.0.2.${name[0]}`, () => order.push(name))
      scene.bridge.cluster.acquire(requester)
      return requester
    })
    holder.stream?.reset(cancel)
    for (let served = 1; served <= 6; served++) {
      await waitFor(() => order.length === served)
      for (const one of asked) one.stream?.reset(cancel)
    }
    expect(order).toEqual(["a1", "b1", "c1", "a2", "b2", "a3"])
    await resetAll(scene, asked)
  })

  it("get the least loaded session", async () => {
    const scene = await rawScene(undefined, { maxSessions: 2, peer: limit(4) })
    await waitFor(() => scene.bridge.cluster.isReachable)
    const calls = ask(scene, 5, "192.0.2.1", "192.0.2.2")
    await waitFor(() => opened(calls) === 5)
    const [first, second] = [await scene.backend.peer(1), await scene.backend.peer(2)]
    calls[0].stream?.reset(cancel)
    await waitFor(() => scene.bridge.gauges().streams === 4) // three on the first, one on the second
    const more = ask(scene, 2, "192.0.2.3")
    await waitFor(() => second.opened.length === 3)
    expect(first.opened).toHaveLength(4)
    await resetAll(scene, [...calls, ...more])
  })

  it("get a new session when the backend ends a full one while all others are full", async () => {
    const scene = await rawScene(undefined, { maxSessions: 2, peer: limit(1) })
    const calls = ask(scene, 3, "192.0.2.1", "192.0.2.2", "192.0.2.3")
    await waitFor(() => opened(calls) === 2)
    const peer = await scene.backend.peer(1)
    peer.send(goawayFrame(2 ** 31 - 1, H2Code.NoError))
    await waitFor(() => opened(calls) === 3)
    await resetAll(scene, calls)
  })
})
