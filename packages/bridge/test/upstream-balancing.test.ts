import { Buffer } from "node:buffer"
import { describe, expect, it } from "vitest"
import type { UpstreamStream } from "../src/core/upstream-stream.ts"
import type { CallEndpoint } from "../src/core/upstream.ts"
import { RingHash } from "../src/upstream/balancing/ring-hash.ts"
import type { BalancingConfig, HealthCheckConfig, OutlierConfig } from "../src/upstream/upstream-config.ts"
import { candidate } from "./support/candidates.ts"
import type { TestCandidate } from "./support/candidates.ts"
import type { BackendCall, BackendHandler, GrpcBackend } from "./support/grpc-backend.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { settingsFrame } from "./support/h2-frames.ts"
import { callPage } from "./support/page-call.ts"
import { startRawBackend } from "./support/raw-h2.ts"
import { Requester } from "./support/requester.ts"
import { leaveNothing } from "./support/scene.ts"
import type { Bridge, BridgeOptions } from "./support/start-bridge.ts"
import { startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"

/** Starts a bridge before one backend for each handler, and waits until it is connected to all of them. */
async function fleet(
  handlers: readonly BackendHandler[],
  options: Partial<BridgeOptions> = {},
): Promise<{ bridge: Bridge; backends: GrpcBackend[] }> {
  const backends = await Promise.all(handlers.map((handler) => startGrpcBackend({ "/test.Service/Method": handler })))
  const [first, ...others] = backends.map(({ url }) => url)
  const bridge = await startBridge({ upstream: first, endpoints: others, patienceMs: 10_000, ...options })
  leaveNothing(bridge, backends)
  await waitFor(() => bridge.cluster.sessions === backends.length)
  return { bridge, backends }
}

/** A call with this hash. */
class HashedRequester extends Requester {
  override readonly hash: number
  endpoint: string | null = null

  constructor(hash: number) {
    super()
    this.hash = hash
  }

  override opened(stream: UpstreamStream, endpoint: CallEndpoint): void {
    super.opened(stream)
    this.endpoint = endpoint.name
  }
}

const ok: BackendHandler = (call) => call.end()
const callsOf = (backends: readonly GrpcBackend[]): number[] => backends.map(({ calls }) => calls.length)

describe("least requests", () => {
  it("gives an endpoint that hangs no second call while the others answer", async () => {
    const { bridge, backends } = await fleet([() => {}, ok])
    const held: Promise<unknown>[] = []
    while (backends[0].calls.length === 0) {
      const before = bridge.records.length
      held.push(callPage(bridge.address))
      await waitFor(() => bridge.records.length > before || backends[0].calls.length > 0)
    }
    for (let call = 0; call < 20; call++) expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    expect(callsOf(backends)[0]).toBe(1)
    backends[0].calls[0].end()
    await Promise.all(held)
  })
})

describe("ring hash", () => {
  const balancing: BalancingConfig = {
    policy: "ring-hash",
    hash: { kind: "header", name: "x-user" },
    usesLoadReports: false,
    slowStartMs: 0,
    subsetSize: null,
    zone: null,
    panicThreshold: 0,
  }

  /** A bridge before a backend that answers and one that sends no SETTINGS until the test says so. Finds a hash for each. */
  async function ring(connectTimeoutMs: number) {
    const quick = await startGrpcBackend({ "/test.Service/Method": ok })
    const slow = await startRawBackend(undefined, { settings: null })
    const options = { balancing, connectTimeoutMs, patienceMs: 10_000, maxQueued: 8 }
    const bridge = await startBridge({ upstream: quick.url, endpoints: [slow.url], ...options })
    leaveNothing(bridge, [quick, slow])
    await waitFor(() => bridge.cluster.isReachable)
    const ringOf = new RingHash<TestCandidate>()
    const keys = [...bridge.cluster.endpoints].map(({ key }) => candidate(key))
    ringOf.update(keys)
    const hashFor = (index: number): number => {
      let hash = 0
      while (ringOf.pick({ hash, avoid: [] }, false) !== keys[index]) hash += 65_537
      return hash
    }
    return { bridge, slow, toQuick: hashFor(0), toSlow: hashFor(1) }
  }

  it("lets calls wait for their endpoint while it connects, and delays no call to others", async () => {
    const { bridge, slow, toQuick, toSlow } = await ring(30_000)
    const waiting = [new HashedRequester(toSlow), new HashedRequester(toSlow)]
    for (const one of waiting) bridge.cluster.acquire(one)
    const others = Array.from({ length: 5 }, () => new HashedRequester(toQuick))
    for (const one of others) bridge.cluster.acquire(one)
    expect(others.every(({ stream }) => stream !== null)).toBe(true)
    expect(waiting.map(({ stream }) => stream)).toEqual([null, null])
    bridge.cluster.release(waiting[1])
    expect(bridge.gauges().queued).toBe(1)
    const peer = await slow.peer(1)
    peer.send(settingsFrame([]))
    await waitFor(() => waiting[0].stream !== null)
    expect(waiting[0].endpoint).toBe(slow.url)
    for (const one of [...waiting, ...others]) one.stream?.reset(8)
  })

  it("passes calls on when the connection fails, after the connect timeout at the latest", async () => {
    const { bridge, slow, toSlow } = await ring(200)
    const waiting = new HashedRequester(toSlow)
    bridge.cluster.acquire(waiting)
    await waitFor(() => waiting.stream !== null)
    expect(waiting.endpoint).not.toBe(slow.url)
    const later = new HashedRequester(toSlow) // the endpoint is known to be bad, although it is being dialled again
    bridge.cluster.acquire(later)
    expect(later.stream).not.toBeNull()
    for (const one of [waiting, later]) one.stream?.reset(8)
  })
})

describe("outlier detection", () => {
  const outlier: OutlierConfig = {
    intervalMs: 50,
    baseEjectionMs: 60_000,
    maxEjectionMs: 60_000,
    maxEjectionShare: 0.5,
    successRate: null,
    failurePercentage: { thresholdShare: 0.5, enforcementShare: 1, minimumHosts: 1, requestVolume: 1 },
  }

  it("sends no calls to an endpoint that fails them", async () => {
    const { bridge, backends } = await fleet([(call) => call.end(14, "broken"), ok, ok], { outlier })
    const isEjected = (): boolean => [...bridge.cluster.endpoints].some((endpoint) => endpoint.health.isEjected)
    while (!isEjected()) await callPage(bridge.address)
    const [before] = callsOf(backends)
    for (let call = 0; call < 30; call++) expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    expect(callsOf(backends)[0]).toBe(before)
  })

  it("finds an endpoint that hangs by the deadlines of its calls", async () => {
    const { bridge } = await fleet([() => {}, ok, ok], { outlier })
    const isEjected = (): boolean => [...bridge.cluster.endpoints].some((endpoint) => endpoint.health.isEjected)
    while (!isEjected()) await callPage(bridge.address, { fields: ["grpc-timeout", "20m"] })
    for (let call = 0; call < 10; call++) expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
  })
})

describe("load reports in trailers (ORCA)", () => {
  /** A report with these values in `cpu_utilization` and `rps_fractional`. */
  function report(cpu: number, qps: number): string {
    const bytes = Buffer.alloc(18)
    bytes[0] = (1 << 3) | 1
    bytes.writeDoubleLE(cpu, 1)
    bytes[9] = (6 << 3) | 1
    bytes.writeDoubleLE(qps, 10)
    return bytes.toString("base64")
  }

  it("reach the balancer if the upstream uses them, and never the page", async () => {
    const reporting: BackendHandler = (call) => call.end(0, "", ["endpoint-load-metrics-bin", report(0.5, 200)])
    for (const usesLoadReports of [true, false]) {
      const { bridge } = await fleet([reporting], { usesLoadReports })
      const { code, fields, trailers } = await callPage(bridge.address)
      expect(code).toBe(0)
      for (const metadata of [fields, ...trailers]) expect(metadata.get("endpoint-load-metrics-bin")).toBeNull()
      const [endpoint] = bridge.cluster.endpoints
      const load = { cpuUtilization: 0.5, applicationUtilization: 0, qps: 200, eps: 0 }
      expect(endpoint.load).toEqual(usesLoadReports ? load : null)
    }
  })
})

describe("health checks over the calls' own sessions", () => {
  const serving = Uint8Array.of(0x08, 1)
  const notServing = Uint8Array.of(0x08, 2)
  const checks = { service: "shop", watch: false, intervalMs: 20, timeoutMs: 200, unhealthyAfter: 2, healthyAfter: 1 }

  /** Two backends, of which the first answers health checks by this handler. */
  async function checked(
    check: BackendHandler,
    health: HealthCheckConfig = checks,
  ): Promise<{ bridge: Bridge; backends: GrpcBackend[] }> {
    const healthy: BackendHandler = (call) => void (call.message(serving), health.watch || call.end())
    const start = (one: BackendHandler): Promise<GrpcBackend> =>
      startGrpcBackend({
        "/test.Service/Method": ok,
        "/grpc.health.v1.Health/Check": one,
        "/grpc.health.v1.Health/Watch": one,
      })
    const backends = await Promise.all([start(check), start(healthy)])
    const bridge = await startBridge({
      upstream: backends[0].url,
      endpoints: [backends[1].url],
      patienceMs: 10_000,
      health,
    })
    leaveNothing(bridge, backends)
    await waitFor(() => bridge.cluster.sessions === 2)
    return { bridge, backends }
  }

  const served = ({ calls }: GrpcBackend): number => calls.filter(({ path }) => path === "/test.Service/Method").length

  it.each([
    [false, "Check"],
    [true, "Watch"],
  ])(
    "take an endpoint out whose service does not serve, and back when it does (watch %s: %s)",
    async (watch, method) => {
      let status = notServing
      let watched: BackendCall | null = null
      const { bridge, backends } = await checked(
        (call) => {
          watched = call
          call.message(status)
          if (!watch) call.end()
        },
        { ...checks, watch },
      )
      await waitFor(() => bridge.health.length === 1)
      expect(bridge.health[0]).toBe("unhealthy: its health check does not say SERVING")
      for (let call = 0; call < 20; call++) expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
      expect(served(backends[0])).toBe(0)
      const [first] = backends[0].calls
      expect(first.path).toBe(`/grpc.health.v1.Health/${method}`)
      status = serving
      if (watch) (watched as BackendCall | null)?.message(status)
      await waitFor(() => bridge.health.length === 2)
      while (served(backends[0]) === 0) await callPage(bridge.address)
      expect(backends[0].accepted).toBe(1)
      await bridge.close()
      await waitFor(() => backends.every(({ openCalls }) => openCalls === 0))
    },
  )

  it("ask for the configured service", async () => {
    let asked: Uint8Array | null = null
    const { bridge } = await checked(async (call) => {
      ;[asked] = await call.all()
      call.message(notServing)
      call.end()
    })
    await waitFor(() => bridge.health.length === 1)
    expect(Buffer.from(asked ?? []).toString("latin1")).toBe("\x0a\x04shop")
  })

  it("take an endpoint out that does not answer them, or answers with an error", async () => {
    for (const [check, why] of [
      [() => {}, "it did not answer a health check within 200 ms"],
      [(call) => call.end(14, "starting"), "a health check ended with status 14 (starting)"],
    ] satisfies [BackendHandler, string][]) {
      const { bridge } = await checked(check)
      await waitFor(() => bridge.health.length === 1)
      expect(bridge.health).toEqual([`unhealthy: ${why}`])
    }
  })

  it("take a backend without a health service for healthy, and say so once", async () => {
    const { bridge, backends } = await checked((call) => call.statusOnly(12))
    await waitFor(() => backends[0].calls.length >= 3)
    expect(bridge.health).toEqual([expect.stringContaining("does not implement grpc.health.v1.Health")])
    while (served(backends[0]) === 0) await callPage(bridge.address)
  })
})
