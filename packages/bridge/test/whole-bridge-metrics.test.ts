import { describe, expect, it, onTestFinished } from "vitest"
import { startConfiguredBridge } from "./support/configured-bridge.ts"
import type { BackendHandler } from "./support/grpc-backend.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { holdIn } from "./support/handlers.ts"
import { callPage } from "./support/page-call.ts"

const method = "/test.Service/Method"
const ok: BackendHandler = (call) => call.end()

async function backend(handlers: Readonly<Record<string, BackendHandler>> = { [method]: ok }): Promise<string> {
  const started = await startGrpcBackend(handlers, { maxConcurrentStreams: 100 })
  onTestFinished(() => started.close())
  return started.url
}

/** Waits until a metric is what the test expects of it. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds()));
}

describe("the metrics of upstreams and endpoints", () => {
  it("count calls and attempts of each endpoint, and end with the endpoint", async () => {
    const [one, other] = [await backend(), await backend({ [method]: (call) => call.end(5) })]
    const textOf = (urls: string): string =>
      `upstreams:\n  users: { endpoints: [${urls}], balancing: round-robin, breaker: { max-sessions: 3 } }\n`
    const { bridge, metric, apply, get } = await startConfiguredBridge(textOf(`${one}, ${other}`))
    const labels = `upstream="users",endpoint="${other}"`
    await until(async () => (await metric(`causeway_endpoint_sessions{${labels}}`)) === 1)
    for (let i = 0; i < 10; i++) await callPage(bridge.address)
    const calls = (await metric(`causeway_endpoint_calls_total{${labels}}`)) ?? 0
    expect(calls).toBeGreaterThan(0)
    await until(
      async () => (await metric(`causeway_endpoint_attempts_total{${labels},grpc_code="NotFound"}`)) === calls,
    )
    expect(await metric(`causeway_endpoint_attempts_total{${labels},grpc_code="OK"}`)).toBe(0)
    expect(await metric(`causeway_endpoint_healthy{${labels}}`)).toBe(1)
    expect(await metric(`causeway_endpoint_stream_limit{${labels}}`)).toBe(300)
    expect(await metric('causeway_upstream_stream_limit{upstream="users"}')).toBe(600)
    expect(await metric('causeway_upstream_endpoints_healthy{upstream="users"}')).toBe(2)
    await apply(textOf(one))
    expect(await (await get("/metrics")).text()).not.toContain(other)
    expect(await metric('causeway_upstream_endpoints{upstream="users"}')).toBe(1)
  })

  it("end with the upstream; what events count is kept for a while", async () => {
    const url = await backend()
    const { bridge, metric, apply } = await startConfiguredBridge(`upstreams:\n  old: { endpoints: [${url}] }\n`)
    await callPage(bridge.address)
    expect(await metric('causeway_upstream_endpoints{upstream="old"}')).toBe(1)
    await apply(`upstreams:\n  new: { endpoints: [${url}] }\n`)
    expect(await metric('causeway_upstream_endpoints{upstream="old"}')).toBeNull()
    expect(await metric('causeway_upstream_endpoints{upstream="new"}')).toBe(1)
    expect(await metric('causeway_upstream_sessions_opened_total{upstream="old"}')).toBe(1)
  })

  it("show streams in use, and the breaker that is open", async () => {
    const held: (() => void)[] = []
    const url = await backend({ [method]: holdIn(held) })
    const { bridge, metric } = await startConfiguredBridge(
      `upstreams:\n  users: { endpoints: [${url}], breaker: { max-in-flight: 1 } }\n`,
    )
    const open = (): Promise<number | null> =>
      metric('causeway_upstream_breaker_open{upstream="users",limit="in-flight"}')
    expect(await open()).toBe(0)
    const answer = callPage(bridge.address)
    await until(async () => (await metric(`causeway_endpoint_streams{upstream="users",endpoint="${url}"}`)) === 1)
    expect(await open()).toBe(1)
    expect(await callPage(bridge.address)).toMatchObject({ code: 14, reason: "breaker-open" })
    expect(await metric('causeway_upstream_breaker_refused_total{upstream="users",limit="in-flight"}')).toBe(1)
    await until(() => Promise.resolve(held.length === 1))
    held[0]()
    await answer
    await until(async () => (await open()) === 0)
  })

  it("count retries and why they were given up, and the calls of a route by status", async () => {
    const url = await backend({ [method]: (call) => call.statusOnly(14) })
    const { bridge, metric } = await startConfiguredBridge(
      `upstreams:\n  users: { endpoints: [${url}] }\nroutes: [{ name: all, upstream: users, retry: { max-attempts: 3, initial-backoff: 1ms } }]\n`,
    )
    expect(await callPage(bridge.address)).toMatchObject({ code: 14 })
    await until(async () => (await metric('grpc_client_call_retries_sum{upstream="users"}')) === 2)
    expect(await metric('grpc_client_call_retry_delay_seconds_count{upstream="users"}')).toBe(1)
    expect(await metric('causeway_upstream_retries_given_up_total{upstream="users",why="attempts-used-up"}')).toBe(1)
    expect(await metric('causeway_route_calls_started_total{route="all",upstream="users"}')).toBe(1)
    expect(await metric('causeway_route_calls_total{route="all",upstream="users",grpc_code="Unavailable"}')).toBe(1)
    const attempts = `causeway_endpoint_attempts_total{upstream="users",endpoint="${url}",grpc_code="Unavailable"}`
    expect(await metric(attempts)).toBe(3)
  })

  it("count resolutions that fail", async () => {
    const { metric } = await startConfiguredBridge(
      "upstreams:\n  users: { endpoints: [dns:///no-such-host.invalid:1] }\n",
    )
    await until(async () => ((await metric('causeway_upstream_resolutions_failed_total{upstream="users"}')) ?? 0) > 0)
    expect(await metric('causeway_upstream_names_unresolved{upstream="users"}')).toBe(1)
    expect(await metric('causeway_upstream_endpoints_healthy{upstream="users"}')).toBe(0)
  })
})
