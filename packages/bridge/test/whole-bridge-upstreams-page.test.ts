import { describe, expect, it, onTestFinished } from "vitest"
import type { UpstreamStatus } from "../src/upstream/status.ts"
import { startConfiguredBridge } from "./support/configured-bridge.ts"
import type { BackendHandler, GrpcBackend } from "./support/grpc-backend.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { holdIn } from "./support/handlers.ts"
import { callPage } from "./support/page-call.ts"

const method = "/test.Service/Method"

async function backend(handlers: Readonly<Record<string, BackendHandler>>): Promise<GrpcBackend> {
  const started = await startGrpcBackend(handlers, { maxConcurrentStreams: 100 })
  onTestFinished(() => started.close())
  return started
}

/** A bridge with one upstream `users`, and what /upstreams shows of it. */
async function scene(settings: string) {
  const { bridge, get } = await startConfiguredBridge(`upstreams:\n  users: { ${settings} }\n`)
  const shown = async (): Promise<UpstreamStatus> => ((await (await get("/upstreams")).json()) as UpstreamStatus[])[0]
  /** Asks until it shows this. */
  const showing = async (holds: (status: UpstreamStatus) => boolean): Promise<UpstreamStatus> => {
    for (;;) {
      const status = await shown()
      if (holds(status)) return status
    }
  }
  return { call: (path = method) => callPage(bridge.address, { path }), shown, showing }
}

describe("/upstreams", () => {
  it("shows how calls are spread, the limits, and the pool: streams, their limit, reuse", async () => {
    const held: (() => void)[] = []
    const { url } = await backend({ [method]: (call) => call.end(), "/test.Service/Hold": holdIn(held) })
    const { call, shown, showing } = await scene(
      `endpoints: [${url}], balancing: { policy: ring-hash, hash: { header: x-user }, panic-threshold: 25% }, breaker: { max-sessions: 2, max-in-flight: 50 }`,
    )
    for (let i = 0; i < 3; i++) await call()
    const answer = call("/test.Service/Hold")
    const { endpoints, ...status } = await showing(({ streams }) => streams === 1 && held.length === 1)
    expect(status).toMatchObject({
      name: "users",
      waiting: 0,
      callsInFlight: 1,
      streams: 1,
      streamLimit: 100,
      streamCapacity: 200,
      balancing: { policy: "ring-hash", hash: { kind: "header", name: "x-user" }, slowStartSeconds: 0 },
      limits: { maxConnections: 2, maxWaiting: 1_024, maxCallsInFlight: 50, maxRetriesInFlight: null },
      breakerRefusals: { calls: 0, retries: 0 },
      unresolved: [],
    })
    expect(endpoints).toMatchObject([
      {
        address: url,
        state: "healthy",
        ejectedUntil: null,
        healthCheck: null,
        streams: 1,
        streamLimit: 100,
        streamCapacity: 200,
        calls: 4,
        reuses: 3,
        attemptsByStatus: { OK: 3 },
        oldestSessionSeconds: expect.any(Number) as number,
      },
    ])
    held[0]()
    await answer
    expect((await showing(({ streams }) => streams === 0)).endpoints[0].attemptsByStatus).toEqual({ OK: 4 })
    expect((await shown()).callsInFlight).toBe(0)
  })

  it("shows what the last health check said, and when", async () => {
    const { url } = await backend({
      "/grpc.health.v1.Health/Check": (call) => {
        call.message(Uint8Array.of(0x08, 2))
        call.end()
      },
    })
    const { showing } = await scene(`endpoints: [${url}], health: { interval: 1s }`)
    const { endpoints } = await showing((status) => !status.endpoints[0].isHealthy)
    expect(endpoints[0]).toMatchObject({
      state: "check-fails",
      why: "its health check fails; the last one: its health check does not say SERVING",
      healthCheck: { result: "unhealthy", last: "its health check does not say SERVING", lastSeconds: 0 },
    })
  })

  it("shows until when an endpoint is ejected, and why", async () => {
    const fails: BackendHandler = (call) => call.end(14)
    const [one, other] = [await backend({ [method]: fails }), await backend({ [method]: (call) => call.end() })]
    const { call, showing } = await scene(
      `endpoints: [${one.url}, ${other.url}], balancing: round-robin, outlier: { interval: 1s, max-ejected: 100%, success-rate: off, failure-percentage: { minimum-hosts: 2, request-volume: 3, threshold: 50% } }`,
    )
    for (let i = 0; i < 20; i++) await call()
    const { endpoints } = await showing((status) => status.endpoints.some(({ ejections }) => ejections > 0))
    const [ejected] = endpoints
    expect(ejected).toMatchObject({ address: one.url, state: "ejected", isHealthy: false, ejections: 1 })
    expect(ejected.why).toContain("it is ejected for a time: 100 % of ")
    const seconds = (Date.parse(ejected.ejectedUntil ?? "") - Date.now()) / 1_000
    expect(seconds).toBeGreaterThan(20)
    expect(seconds).toBeLessThanOrEqual(30)
  })

  it("shows names that do not resolve", async () => {
    const { showing } = await scene("endpoints: [dns:///no-such-host.invalid:1]")
    const { endpoints, unresolved } = await showing(({ failedResolutions }) => failedResolutions > 0)
    expect(endpoints).toEqual([])
    expect(unresolved).toMatchObject([{ address: "dns:///no-such-host.invalid:1", why: expect.any(String) as string }])
  })
})
