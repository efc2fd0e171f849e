import { describe, expect, it } from "vitest"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { callPage, PageCall } from "./support/page-call.ts"
import { leaveNothing } from "./support/scene.ts"
import type { Bridge, BridgeOptions } from "./support/start-bridge.ts"
import { startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"

const health = { service: "", watch: true, intervalMs: 20, timeoutMs: 5_000, unhealthyAfter: 1, healthyAfter: 1 }

/** A bridge before two backends, whose connections close after 40 ms without a call. */
async function scene(options: Partial<BridgeOptions> = {}) {
  const start = () =>
    startGrpcBackend({
      "/test.Service/Method": async (call) => {
        if (call.field("x-held") === null) return call.statusOnly(0)
        call.message("held")
      },
      "/grpc.health.v1.Health/Watch": (call) => void call.message(Uint8Array.of(0x08, 1)),
    })
  const backends = [await start(), await start()]
  const [first, second] = backends
  const bridge = await startBridge({
    upstream: first.url,
    endpoints: [second.url],
    idleTimeoutMs: 40,
    patienceMs: 10_000,
    ...options,
  })
  leaveNothing(bridge, backends)
  await waitFor(() => backends.every(({ accepted }) => accepted === 1))
  const isAsleep = (): boolean => bridge.cluster.sessions === 0 && backends.every(({ sessions }) => sessions.size === 0)
  return { bridge, backends, isAsleep }
}

function whys({ cluster }: Bridge): string[] {
  return cluster.status(performance.now()).endpoints.map(({ why }) => why)
}

describe("an upstream with an idle timeout", () => {
  it("closes its connections when no call comes, stays ready, and connects again for the next call", async () => {
    const { bridge, backends, isAsleep } = await scene()
    for (let round = 1; round <= 3; round++) {
      await waitFor(isAsleep)
      expect([bridge.cluster.isReachable, bridge.cluster.failure]).toEqual([true, null])
      expect(whys(bridge)).toEqual(Array(2).fill("no call has come for a while; the next one connects"))
      expect(backends.map(({ accepted }) => accepted)).toEqual([round, round])
      expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
      await waitFor(() => backends.every(({ accepted }) => accepted === round + 1))
    }
    expect(bridge.lostSessions).toEqual([])
  })

  it("keeps its connections while a call runs", async () => {
    const { bridge, backends, isAsleep } = await scene()
    await waitFor(isAsleep)
    const held = new PageCall(bridge.address, { fields: ["x-held", "1"] })
    await held.received(1)
    const hasBoth = (): boolean => backends.every(({ accepted, sessions }) => accepted === 2 && sessions.size === 1)
    await waitFor(hasBoth)
    // Meanwhile another upstream with the same timeout goes to sleep.
    const other = await scene()
    await waitFor(other.isAsleep)
    expect(hasBoth()).toBe(true)
    backends.flatMap(({ calls }) => calls)[0].end()
    expect(await held.answer).toMatchObject({ code: 0 })
    await waitFor(isAsleep)
  })

  it("does not count a watch of its health as a call, and watches again once it is awake", async () => {
    const { bridge, backends, isAsleep } = await scene({ health })
    await waitFor(isAsleep)
    const watches = (): number => backends[0].calls.filter(({ path }) => path.endsWith("/Watch")).length
    const before = watches()
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    await waitFor(() => watches() > before)
    expect(bridge.health).toEqual([])
  })

  it("refuses the next call, with the reason, if the backends have gone meanwhile", async () => {
    const { bridge, backends, isAsleep } = await scene({ patienceMs: 0 })
    await waitFor(isAsleep)
    for (const backend of backends) await backend.close()
    expect(await callPage(bridge.address)).toMatchObject({ code: 14, reason: "backend-unreachable" })
    expect(bridge.cluster.isReachable).toBe(false)
  })
})
