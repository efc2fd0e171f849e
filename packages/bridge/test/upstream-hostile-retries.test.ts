import { describe, expect, it } from "vitest"
import type { RetryConfig } from "../src/core/retry-config.ts"
import type { BackendHandler, GrpcBackend } from "./support/grpc-backend.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import type { PageAnswer } from "./support/page-call.ts"
import { callPage, PageCall } from "./support/page-call.ts"
import { routeOf } from "./support/routes.ts"
import { leaveNothing } from "./support/scene.ts"
import type { Bridge } from "./support/start-bridge.ts"
import { startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"

const budget = { maxTokens: 1_000, tokenRatio: 0.1 }
const usual: RetryConfig = {
  maxAttempts: 4,
  initialBackoffMs: 1,
  maxBackoffMs: 1,
  backoffMultiplier: 1,
  codes: [14],
  perAttemptMs: null,
  budget,
}

/** A bridge with one retried and one hedged route before a backend that does as the handler says. */
async function scene(handler: BackendHandler) {
  const backend: GrpcBackend = await startGrpcBackend({ "/test.Service/Method": handler })
  const hedging = { maxAttempts: 4, delayMs: 1, nonFatalCodes: [14], budget }
  const hedged = [{ kind: "exact", name: "x-kind", value: "hedged" }] as const
  const routes = [
    routeOf("default", { headers: hedged }, { name: "hedged", hedging }),
    routeOf("default", {}, { name: "retried", retry: usual }),
  ]
  const bridge: Bridge = await startBridge({ upstream: backend.url, routes })
  leaveNothing(bridge, [backend])
  await waitFor(() => bridge.cluster.sessions === 1)
  const call = (kind: string, fields: readonly string[] = []): Promise<PageAnswer> =>
    callPage(bridge.address, { fields: ["x-kind", kind, ...fields] })
  // The bridge hears of a stream's end a moment after the backend.
  const expectRest = async (): Promise<void> => {
    await waitFor(() => Object.values(bridge.cluster.breaker.counts).every((count) => count === 0))
    expect(bridge.cluster.breaker.counts).toEqual({ "in-flight": 0, retries: 0 })
    expect(bridge.crashes).toEqual([])
  }
  return { backend, bridge, call, expectRest }
}

const hostile: Readonly<Record<string, BackendHandler>> = {
  "a status that is no number": (call) => call.statusOnly(14, "", ["grpc-status", "x"]),
  "a pushback twice": (call) => call.statusOnly(14, "", ["grpc-retry-pushback-ms", "0", "grpc-retry-pushback-ms", "0"]),
  "a pushback of nothing": (call) => call.statusOnly(14, "", ["grpc-retry-pushback-ms", ""]),
  "a pushback of garbage": (call) => call.statusOnly(14, "", ["grpc-retry-pushback-ms", "1e3"]),
  "a pushback beyond all numbers": (call) =>
    call.statusOnly(14, "", ["grpc-retry-pushback-ms", "99999999999999999999"]),
  "a pushback of -0": (call) => call.statusOnly(14, "", ["grpc-retry-pushback-ms", "-0"]),
  "a status after its head": (call) => (call.message("first"), call.end(14)),
  "garbage for a load report": (call) => call.statusOnly(14, "", ["endpoint-load-metrics-bin", "////"]),
  "a status at once, always": (call) => call.statusOnly(14),
}

describe.each(["retried", "hedged"])("a route whose calls are %s, before a backend that answers with", (kind) => {
  it.each(Object.entries(hostile))("%s", async (_name, handler) => {
    const { backend, call, expectRest } = await scene(handler)
    for (let i = 1; i <= 5; i++) {
      expect((await call(kind)).code).not.toBe(0)
      expect(backend.calls.length).toBeLessThanOrEqual(4 * i)
    }
    await waitFor(() => backend.openCalls === 0)
    await expectRest()
  })

  it("a long pushback: the deadline ends the call, and it counts no more", async () => {
    const { backend, call, expectRest } = await scene((one) =>
      one.statusOnly(14, "", ["grpc-retry-pushback-ms", "2147483647"]),
    )
    const answer = await call(kind, ["grpc-timeout", "100m"])
    expect([4, 14]).toContain(answer.code)
    expect(backend.calls.length).toBeLessThanOrEqual(4)
    await expectRest()
  })

  it("nothing: a client that leaves ends every attempt", async () => {
    const { backend, bridge, expectRest } = await scene(() => {})
    const calls = Array.from({ length: 10 }, () => new PageCall(bridge.address, { fields: ["x-kind", kind] }))
    const attempts = kind === "hedged" ? 40 : 10
    await waitFor(() => backend.calls.length === attempts)
    for (const call of calls) call.cancel()
    await waitFor(() => backend.openCalls === 0 && bridge.gauges().calls === 0)
    await expectRest()
  })
})
