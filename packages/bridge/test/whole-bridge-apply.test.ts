import { once } from "node:events"
import { get } from "node:http"
import type { IncomingMessage } from "node:http"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import type { Bridge } from "../src/bridge.ts"
import { createBridge } from "../src/bridge.ts"
import { Cluster } from "../src/upstream/cluster.ts"
import type { GrpcBackend } from "./support/grpc-backend.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { callPage, PageCall } from "./support/page-call.ts"
import { waitFor } from "./support/wait-for.ts"

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const ports = { listen: "127.0.0.1:0", admin: null, accessLog: "off" } as const

/** A backend that answers at once, but holds calls with the field x-held until the test ends them. */
async function startBackend(): Promise<GrpcBackend> {
  const backend = await startGrpcBackend({
    "/test.Service/Method": async (call) => {
      if (call.field("x-held") !== null) {
        call.message("first")
        return
      }
      await call.all()
      call.end()
    },
  })
  onTestFinished(() => backend.close())
  return backend
}

async function start(backend: GrpcBackend): Promise<Bridge> {
  const bridge = await createBridge({ ...ports, upstream: backend.url }, { log: silent })
  onTestFinished(() => bridge.close(0))
  return bridge
}

describe("a configuration that is applied while calls run", () => {
  it("takes new calls at once, lets open ones finish, and then leaves the backend that is no longer in it", async () => {
    const [one, other] = [await startBackend(), await startBackend()]
    const bridge = await start(one)
    const held = new PageCall(bridge.address, { fields: ["x-held", "1"] })
    await held.received(1)
    expect(await bridge.apply({ ...ports, upstream: other.url })).toEqual([])
    for (let call = 0; call < 5; call++) expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    expect([one.calls.length, other.calls.length]).toEqual([1, 5])
    one.calls[0].message("second")
    one.calls[0].end()
    expect(await held.answer).toMatchObject({ code: 0, isCut: false })
    expect(held.messages.map(String)).toEqual(["first", "second"])
    await waitFor(() => one.sessions.size === 0)
  })

  it("changes only the upstreams whose own settings differ", async () => {
    const backend = await startBackend()
    const named = (name: string) => ({ name, endpoints: [backend.url] })
    const route = { name: "all", action: { kind: "upstream", upstream: "a" } } as const
    const before = { ...ports, upstreams: [named("a"), named("b")], routes: [route] }
    const bridge = await createBridge(before, { log: silent })
    onTestFinished(() => bridge.close(0))
    const limited = vi.spyOn(Cluster.prototype, "limit")
    onTestFinished(() => limited.mockRestore())
    await bridge.apply({ ...before, routes: [{ ...route, name: "other" }], graceMs: 1_000 })
    expect(limited).not.toHaveBeenCalled()
    await bridge.apply({ ...before, upstreams: [{ ...named("a"), connectTimeoutMs: 1_000 }, named("b")] })
    expect(limited).toHaveBeenCalledTimes(1)
  })

  it("refuses and cuts no call, whatever the number of changes", async () => {
    const backends = [await startBackend(), await startBackend()]
    const bridge = await start(backends[0])
    let isDone = false
    const caller = async (): Promise<(number | null)[]> => {
      const codes: (number | null)[] = []
      while (!isDone) codes.push((await callPage(bridge.address)).code)
      return codes
    }
    const callers = Array.from({ length: 4 }, caller)
    const countOf = (): number => backends.reduce((sum, { calls }) => sum + calls.length, 0)
    for (let change = 1; change <= 20; change++) {
      const before = countOf()
      await bridge.apply({ ...ports, upstream: backends[change % 2].url })
      await waitFor(() => countOf() > before + 4)
    }
    isDone = true
    const codes = (await Promise.all(callers)).flat()
    expect(codes.length).toBeGreaterThan(80)
    expect(codes.filter((code) => code !== 0)).toEqual([])
  })

  it("keeps the connections of an upstream that did not change", async () => {
    const backend = await startBackend()
    const bridge = await start(backend)
    await callPage(bridge.address)
    for (let change = 0; change < 3; change++) {
      await bridge.apply({
        ...ports,
        upstream: backend.url,
        maxQueued: 10 + change,
        corsOrigins: ["https://app.example"],
      })
      expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    }
    expect(backend.accepted).toBe(1)
  })

  it("changes nothing when it cannot be used", async () => {
    const backend = await startBackend()
    const bridge = await start(backend)
    await expect(bridge.apply({ ...ports, upstream: "nonsense" })).rejects.toThrow("upstream: received")
    const unreadable = { ...ports, upstream: "https://127.0.0.1:1", upstreamCaFile: "/does/not/exist" }
    await expect(bridge.apply(unreadable)).rejects.toThrow("/does/not/exist, which does not exist")
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
  })

  it("is refused once the bridge shuts down", async () => {
    const backend = await startBackend()
    const bridge = await start(backend)
    const closed = bridge.close(0, 300)
    await expect(bridge.apply({ ...ports, upstream: backend.url })).rejects.toThrow("shutting down")
    await closed
  })

  it("limits the calls of one client by the new number", async () => {
    const backend = await startBackend()
    const bridge = await start(backend)
    const held = new PageCall(bridge.address, { fields: ["x-held", "1"] })
    await held.received(1)
    expect(await bridge.apply({ ...ports, upstream: backend.url, maxCallsPerClient: 1 })).toEqual([])
    expect(await callPage(bridge.address)).toMatchObject({ reason: "client-busy" })
    await bridge.apply({ ...ports, upstream: backend.url })
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    backend.calls[0].end()
    await held.answer
  })

  it("limits connections by the new numbers, and closes none", async () => {
    const backend = await startBackend()
    const bridge = await start(backend)
    const held = new PageCall(bridge.address, { fields: ["x-held", "1"] })
    await held.received(1)
    expect(await bridge.apply({ ...ports, upstream: backend.url, maxConnections: 1 })).toEqual([])
    expect(await callPage(bridge.address)).toMatchObject({ httpStatus: 503 })
    // Connections from this machine count towards a limit per address only while one is set.
    expect(await bridge.apply({ ...ports, upstream: backend.url, maxConnectionsPerAddress: 1 })).toEqual([])
    const counted = new PageCall(bridge.address, { fields: ["x-held", "1"] })
    await counted.received(1)
    expect(await callPage(bridge.address)).toMatchObject({ httpStatus: 503 })
    expect(await bridge.apply({ ...ports, upstream: backend.url })).toEqual([])
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    backend.calls[1].end()
    expect(await counted.answer).toMatchObject({ code: 0 })
    backend.calls[0].end()
    expect(await held.answer).toMatchObject({ code: 0 })
  })

  it("uses another log level, other names of the admin port, and another time for open calls at the end", async () => {
    const backend = await startBackend()
    const levels: string[] = []
    const log = { ...silent, setLevel: (level: string) => void levels.push(level) }
    const listens = { ...ports, admin: "127.0.0.1:0", upstream: backend.url }
    const bridge = await createBridge({ ...listens, graceMs: 600_000 }, { log })
    onTestFinished(() => bridge.close(0))
    const metrics = async (): Promise<number | undefined> => {
      const { port } = new URL(bridge.adminAddress ?? "")
      const [response] = (await once(
        get({ port, path: "/metrics", headers: { host: "bridge.example.com" }, agent: false }),
        "response",
      )) as [IncomingMessage]
      response.resume()
      return response.statusCode
    }
    expect(await metrics()).toBe(403)
    const after = { ...listens, adminHosts: ["bridge.example.com"], logLevel: "debug", graceMs: 0 } as const
    expect(await bridge.apply(after)).toEqual([])
    expect(await metrics()).toBe(200)
    expect(levels).toEqual(["debug"])
    expect(bridge.config).toMatchObject({ graceMs: 0, logLevel: "debug" })
    const held = new PageCall(bridge.address, { fields: ["x-held", "1"] })
    await held.received(1)
    await bridge.close()
    expect(await held.answer).toMatchObject({ code: 14, reason: "shut-down" })
  })

  it("names the settings that need a restart, and leaves them", async () => {
    const backend = await startBackend()
    const bridge = await start(backend)
    const changed = await bridge.apply({ ...ports, upstream: backend.url, listen: "127.0.0.1:1", maxHeadBytes: 8_192 })
    expect(changed).toEqual(["listen", "maxHeadBytes"])
    expect(bridge.config.maxHeadBytes).toBe(16_384)
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
  })
})
