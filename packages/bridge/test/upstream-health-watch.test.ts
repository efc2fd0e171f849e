import { describe, expect, it, onTestFinished, vi } from "vitest"
import type { GrpcBackend } from "./support/grpc-backend.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { holdIn } from "./support/handlers.ts"
import { callPage } from "./support/page-call.ts"
import { leaveNothing } from "./support/scene.ts"
import type { Bridge } from "./support/start-bridge.ts"
import { startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"

const health = { service: "", watch: true, intervalMs: 20, timeoutMs: 5_000, unhealthyAfter: 1, healthyAfter: 1 }

/** A bridge that watches the health of its backend. `held`: functions that end the calls. */
async function watched(maxConcurrentStreams?: number) {
  const held: (() => void)[] = []
  const backend = await startGrpcBackend(
    {
      "/test.Service/Method": holdIn(held),
      "/grpc.health.v1.Health/Watch": (call) => void call.message(Uint8Array.of(0x08, 1)),
    },
    { maxConcurrentStreams },
  )
  const bridge = await startBridge({ upstream: backend.url, health, patienceMs: 10_000 })
  leaveNothing(bridge, [backend])
  await waitFor(() => watches(backend) === 1)
  return { backend, bridge, held }
}

/** Number of watches that the backend ever got. */
function watches({ calls }: GrpcBackend): number {
  return calls.filter(({ path }) => path.endsWith("/Watch")).length
}

function status({ cluster }: Bridge) {
  return cluster.status(performance.now()).endpoints[0]
}

describe("a watch of an endpoint's health", () => {
  it("is no call: neither in the numbers of streams, nor for the balancer", async () => {
    const { backend, bridge, held } = await watched()
    expect(backend.openCalls).toBe(1)
    expect([bridge.gauges().streams, status(bridge).streams]).toEqual([0, 0])
    const answer = callPage(bridge.address)
    await waitFor(() => held.length === 1)
    const [endpoint] = bridge.cluster.endpoints
    expect([bridge.gauges().streams, endpoint.inFlight]).toEqual([1, 1])
    held[0]()
    expect(await answer).toMatchObject({ code: 0 })
    await waitFor(() => bridge.gauges().streams === 0)
    expect(backend.openCalls).toBe(1)
  })

  it("leaves a surplus connection, which then closes, for the one with calls", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] })
    onTestFinished(() => void vi.useRealTimers())
    const { backend, bridge, held } = await watched(2)
    const calls = [callPage(bridge.address)]
    await waitFor(() => held.length === 1)
    calls.push(callPage(bridge.address))
    await waitFor(() => held.length === 2)
    expect(bridge.cluster.sessions).toBe(2)
    held[0]()
    await waitFor(() => bridge.gauges().streams === 1)
    vi.advanceTimersByTime(60_000)
    await waitFor(() => bridge.cluster.sessions === 1 && backend.sessions.size === 1 && watches(backend) === 2)
    held[1]()
    for (const answer of await Promise.all(calls)) expect(answer).toMatchObject({ code: 0 })
  })

  it("leaves a connection that its backend ends, and goes on over the next one", async () => {
    const { backend, bridge } = await watched()
    const [first] = backend.sessions
    first.close()
    await waitFor(() => !backend.sessions.has(first) && watches(backend) === 2)
    expect(status(bridge).isHealthy).toBe(true)
    expect(bridge.health).toEqual([])
    expect(bridge.lostSessions).toEqual([])
  })
})
