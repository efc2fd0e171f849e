import { describe, expect, it } from "vitest"
import type { BackendHandler, GrpcBackend } from "./support/grpc-backend.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { callPage, PageCall } from "./support/page-call.ts"
import { grpcScene, leaveNothing } from "./support/scene.ts"
import type { Bridge, BridgeOptions } from "./support/start-bridge.ts"
import { startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"
import type { BalancingConfig } from "../src/upstream/upstream-config.ts"

describe("the limit of calls in flight", () => {
  it("refuses the calls above it, and takes new ones when others have ended", async () => {
    const { bridge, backend } = await grpcScene(() => {}, { maxInFlight: 2 })
    const held = [0, 1].map(() => new PageCall(bridge.address))
    await waitFor(() => backend.calls.length === 2)
    const answer = await callPage(bridge.address)
    expect(answer).toMatchObject({ code: 14, reason: "breaker-open" })
    expect(answer.message).toContain("breaker.max-in-flight")
    expect(backend.calls).toHaveLength(2)
    backend.calls[0].end()
    expect(await held[0].answer).toMatchObject({ code: 0 })
    await waitFor(() => bridge.cluster.breaker.counts["in-flight"] === 1)
    held.push(new PageCall(bridge.address))
    await waitFor(() => backend.calls.length === 3)
    for (const call of held) call.cancel()
    await waitFor(() => bridge.cluster.breaker.counts["in-flight"] === 0)
  })

  it("counts calls that wait for a stream, until their clients leave", async () => {
    const { bridge } = await grpcScene(() => {}, {
      maxInFlight: 2,
      maxSessions: 1,
      backend: { maxConcurrentStreams: 1 },
    })
    await waitFor(() => bridge.cluster.isReachable)
    const held = [0, 1].map((_, i) => new PageCall(bridge.address, { from: `127.0.0.${i + 1}` }))
    await waitFor(() => bridge.gauges().queued === 1)
    expect(await callPage(bridge.address)).toMatchObject({ reason: "breaker-open" })
    for (const call of held) call.cancel()
    await waitFor(() => bridge.cluster.breaker.counts["in-flight"] === 0)
  })

  it("counts no call that was refused, and no health check", async () => {
    const health = { service: "", watch: false, intervalMs: 10, timeoutMs: 200, unhealthyAfter: 9, healthyAfter: 1 }
    const { bridge, backend } = await grpcScene((call) => call.end(), { maxInFlight: 2, maxCallsPerClient: 1, health })
    await waitFor(() => backend.calls.length >= 5)
    for (let call = 0; call < 5; call++) expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    await backend.close()
    await waitFor(() => bridge.cluster.failure !== null)
    for (let call = 0; call < 5; call++) {
      expect(await callPage(bridge.address)).toMatchObject({ reason: "backend-unreachable" })
    }
    expect(bridge.cluster.breaker.counts["in-flight"]).toBe(0)
  })
})

describe("an upstream of which no endpoint is healthy", () => {
  const health = { service: "", watch: false, intervalMs: 20, timeoutMs: 200, unhealthyAfter: 1, healthyAfter: 1 }

  /** Two backends that serve, and whose health checks say what `isServing` says. */
  async function sick(
    isServing: () => boolean,
    panicThreshold: number,
    options: Partial<BridgeOptions> = {},
  ): Promise<{ bridge: Bridge; backends: GrpcBackend[] }> {
    const check: BackendHandler = (call) => {
      call.message(Uint8Array.of(0x08, isServing() ? 1 : 2))
      call.end()
    }
    const start = (): Promise<GrpcBackend> =>
      startGrpcBackend({ "/test.Service/Method": (call) => call.end(), "/grpc.health.v1.Health/Check": check })
    const backends = await Promise.all([start(), start()])
    const balancing = { ...withoutPanic, panicThreshold }
    const [{ url: upstream }, { url: other }] = backends
    const bridge = await startBridge({ upstream, endpoints: [other], health, balancing, ...options })
    leaveNothing(bridge, backends)
    await waitFor(() => bridge.health.length === 2)
    return { bridge, backends }
  }

  it("refuses calls at once without a panic threshold, and serves them when an endpoint is healthy again", async () => {
    let isServing = false
    const { bridge } = await sick(() => isServing, 0)
    const answer = await callPage(bridge.address)
    expect(answer).toMatchObject({ code: 14, reason: "no-healthy-endpoint" })
    expect(answer.message).toContain("None of the 2 endpoints")
    isServing = true
    await waitFor(() => bridge.health.length === 4)
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    expect(bridge.cluster.breaker.counts["in-flight"]).toBe(0)
  })

  it("serves calls while the panic threshold ignores health", async () => {
    const { bridge } = await sick(() => false, 0.5)
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
  })
})

describe("calls that wait", () => {
  const serving = Uint8Array.of(0x08, 1)
  const notServing = Uint8Array.of(0x08, 2)

  it("are refused once room comes free, but no endpoint is healthy any more", async () => {
    const watch: BackendHandler = (call) => void call.message(serving)
    const handlers = { "/test.Service/Method": () => {}, "/grpc.health.v1.Health/Watch": watch }
    const backends = await Promise.all([0, 1].map(() => startGrpcBackend(handlers, { maxConcurrentStreams: 3 })))
    const bridge = await startBridge({
      upstream: backends[0].url,
      endpoints: [backends[1].url],
      maxSessions: 1,
      health: { service: "", watch: true, intervalMs: 20, timeoutMs: 200, unhealthyAfter: 1, healthyAfter: 1 },
      balancing: withoutPanic,
    })
    leaveNothing(bridge, backends)
    await waitFor(() => backends.every(({ calls }) => calls.length === 1)) // the health checks, a stream each
    const held = [1, 2, 3, 4].map((i) => new PageCall(bridge.address, { from: `127.0.0.${i}` }))
    await waitFor(() => backends.every(({ calls }) => calls.length === 3))
    const waiting = new PageCall(bridge.address, { from: "127.0.0.5" })
    await waitFor(() => bridge.gauges().queued === 1)
    for (const { calls } of backends) calls[0].message(notServing)
    await waitFor(() => bridge.health.length === 2)
    expect(bridge.gauges().queued).toBe(1)
    backends[0].calls[1].end()
    expect(await waiting.answer).toMatchObject({ code: 14, reason: "no-healthy-endpoint" })
    for (const call of held) call.cancel()
    await bridge.close() // ends the health checks
  })
})

const withoutPanic: BalancingConfig = {
  policy: "round-robin",
  hash: null,
  usesLoadReports: false,
  slowStartMs: 0,
  subsetSize: null,
  zone: null,
  panicThreshold: 0,
}
