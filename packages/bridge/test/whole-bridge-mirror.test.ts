import { describe, expect, it, onTestFinished } from "vitest"
import type { Bridge } from "../src/bridge.ts"
import { createBridge } from "../src/bridge.ts"
import type { ConfigInput } from "../src/config/schema.ts"
import type { BackendHandler, GrpcBackend } from "./support/grpc-backend.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { echoAll, neverAnswer } from "./support/handlers.ts"
import { callPage } from "./support/page-call.ts"
import { waitFor } from "./support/wait-for.ts"

const silent = { debug() {}, info() {}, warn() {}, error() {} }

interface Scene {
  readonly bridge: Bridge
  readonly users: GrpcBackend
  readonly next: GrpcBackend
  readonly mirrored: ConfigInput
  readonly plain: ConfigInput
  /** The value of a metric. */
  metric(name: string): Promise<number | null>
}

/** A bridge that mirrors the calls of `users` to `next`, and its configuration without the mirror. */
async function scene(mirror: BackendHandler): Promise<Scene> {
  const users = await startGrpcBackend({ "/test.Service/Method": echoAll })
  const next = await startGrpcBackend({ "/test.Service/Method": mirror })
  const ports = { listen: "127.0.0.1:0", admin: "127.0.0.1:0", accessLog: "off" } as const
  const upstream = { name: "users", endpoints: [users.url] }
  const route = { name: "all", action: { kind: "upstream", upstream: "users" } } as const
  const plain = { ...ports, upstreams: [upstream], routes: [route] }
  const mirrored = {
    ...ports,
    upstreams: [upstream, { name: "next", endpoints: [next.url] }],
    routes: [{ ...route, mirror: { upstream: "next" } }],
  }
  const bridge = await createBridge(mirrored, { log: silent })
  onTestFinished(async () => {
    await bridge.close(0)
    await Promise.all([users.close(), next.close()])
  })
  await waitFor(() => users.sessions.size === 1 && next.sessions.size === 1)
  const metric = async (name: string): Promise<number | null> => {
    const text = await (await fetch(`${bridge.adminAddress}/metrics`)).text()
    const line = text.split("\n").find((each) => each.startsWith(`${name} `))
    return line === undefined ? null : Number(line.slice(name.length))
  }
  return { bridge, users, next, mirrored, plain, metric }
}

const finished = 'causeway_mirror_calls_total{upstream="next",outcome="finished"}'
const inFlight = "causeway_mirror_calls_in_flight"

describe("a bridge that mirrors calls", () => {
  it("lets copies finish when a new configuration has no mirror any more, then leaves it", async () => {
    const { bridge, next, plain, metric } = await scene(neverAnswer)
    for (let i = 0; i < 3; i++) expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    await waitFor(() => next.openCalls === 3)
    await bridge.apply(plain)
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    expect([next.calls.length, next.openCalls, await metric(inFlight)]).toEqual([3, 3, 3])
    for (const call of next.calls) call.end()
    await waitFor(() => next.sessions.size === 0)
    expect(await metric(inFlight)).toBe(0)
  })

  it("loses no call and no copy while its configuration changes", async () => {
    const { bridge, next, mirrored, metric } = await scene(echoAll)
    let isDone = false
    const caller = async (): Promise<(number | null)[]> => {
      const codes: (number | null)[] = []
      while (!isDone) codes.push((await callPage(bridge.address)).code)
      return codes
    }
    const callers = Array.from({ length: 4 }, caller)
    for (let change = 0; change < 10; change++) {
      await bridge.apply(change % 2 === 0 ? { ...mirrored, maxQueued: 100 + change } : mirrored)
      const before = next.calls.length
      await waitFor(() => next.calls.length > before + 4)
    }
    isDone = true
    const codes = (await Promise.all(callers)).flat()
    expect(codes.length).toBeGreaterThan(40)
    expect(codes.filter((code) => code !== 0)).toEqual([])
    while ((await metric(inFlight)) !== 0);
    expect(await metric(finished)).toBe(next.calls.length)
  })

  it("closes once its last call has ended, and cuts the copies", async () => {
    const { bridge, next, metric } = await scene(neverAnswer)
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    await waitFor(() => next.openCalls === 1)
    expect(await metric(inFlight)).toBe(1)
    await bridge.close(600_000)
    await waitFor(() => next.openCalls === 0)
  })

  it("cuts the copies of an earlier configuration too, and counts their streams until then", async () => {
    const { bridge, next, plain, metric } = await scene(neverAnswer)
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    await waitFor(() => next.openCalls === 1)
    await bridge.apply(plain)
    expect(await metric('causeway_upstream_streams{upstream="next"}')).toBe(1)
    await bridge.close(600_000)
    await waitFor(() => next.sessions.size === 0)
  })
})
