import { createServer } from "node:net"
import type { AddressInfo, Server } from "node:net"
import { describe, expect, it, onTestFinished } from "vitest"
import type { BackendHandler, GrpcBackend } from "./support/grpc-backend.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { callPage, PageCall } from "./support/page-call.ts"
import { leaveNothing } from "./support/scene.ts"
import type { Bridge, BridgeOptions } from "./support/start-bridge.ts"
import { memberAt, startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"

const answer: BackendHandler = async (call) => {
  await call.all()
  call.end()
}

const startBackend = (handler: BackendHandler = answer): Promise<GrpcBackend> =>
  startGrpcBackend({ "/test.Service/Method": handler })

/** A bridge that is connected to one backend. */
async function connected(
  options: Partial<BridgeOptions> = {},
  handler: BackendHandler = answer,
): Promise<{ bridge: Bridge; backend: GrpcBackend }> {
  const backend = await startBackend(handler)
  const bridge = await startBridge({ upstream: backend.url, ...options })
  leaveNothing(bridge, [backend])
  await waitFor(() => bridge.cluster.sessions === 1)
  return { bridge, backend }
}

/** A port where connections are accepted, and nothing is ever said. `dials` counts the connections. */
async function startSilentPort(): Promise<{ url: string; dials: () => number }> {
  let dials = 0
  const server: Server = createServer((socket) => {
    dials++
    socket.on("error", () => {})
    onTestFinished(() => void socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, dials: () => dials }
}

describe("an endpoint that leaves before its successor is connected", () => {
  it("serves calls until then", async () => {
    const { bridge, backend } = await connected()
    const silent = await startSilentPort()
    bridge.cluster.setMembers([memberAt(silent.url)])
    await waitFor(() => silent.dials() === 1)
    for (let call = 0; call < 3; call++) expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    expect(backend.calls).toHaveLength(3)
  })

  it("serves calls although its successor has another priority", async () => {
    const { bridge } = await connected()
    const silent = await startSilentPort()
    const other = await startSilentPort()
    bridge.cluster.setMembers([
      { ...memberAt(silent.url), priority: 2 },
      { ...memberAt(other.url), priority: 3 },
    ])
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
  })

  it("gets no further call once the successor is connected, and its open calls finish", async () => {
    const held = Promise.withResolvers<void>()
    const { bridge, backend } = await connected({}, async (call) => {
      await call.all()
      if (call.field("x-held") !== null) await held.promise
      call.end()
    })
    const open = new PageCall(bridge.address, { fields: ["x-held", "1"] })
    await waitFor(() => backend.calls.length === 1)
    const successor = await startBackend()
    onTestFinished(() => successor.close())
    bridge.cluster.setMembers([memberAt(successor.url)])
    await waitFor(() => bridge.sessionEvents.filter((event) => event === "opened").length === 2)
    for (let call = 0; call < 5; call++) expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    expect([backend.calls.length, successor.calls.length]).toEqual([1, 5])
    held.resolve()
    expect(await open.answer).toMatchObject({ code: 0 })
    await waitFor(() => backend.sessions.size === 0)
  })

  it("leaves after the connect timeout all the same", async () => {
    const { bridge, backend } = await connected({ connectTimeoutMs: 50 })
    const silent = await startSilentPort()
    bridge.cluster.setMembers([memberAt(silent.url)])
    await waitFor(() => backend.sessions.size === 0)
    expect(bridge.cluster.status(0).endpoints.map(({ address }) => address)).toEqual([silent.url])
  })

  it("leaves at once when its own connection ends, and is not dialled again", async () => {
    const { bridge, backend } = await connected()
    const silent = await startSilentPort()
    bridge.cluster.setMembers([memberAt(silent.url)])
    backend.leave()
    await waitFor(() => bridge.cluster.status(0).endpoints.length === 1)
    expect(bridge.sessionEvents.filter((event) => event.startsWith("failed"))).toEqual([])
    expect(backend.accepted).toBe(1)
  })

  it("keeps its connection when it comes back meanwhile", async () => {
    const { bridge, backend } = await connected({ connectTimeoutMs: 200 })
    const silent = await startSilentPort()
    bridge.cluster.setMembers([memberAt(silent.url)])
    bridge.cluster.setMembers([memberAt(backend.url), memberAt(silent.url)])
    await waitFor(() => bridge.sessionEvents.some((event) => event.startsWith("failed")))
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    expect(backend.accepted).toBe(1)
  })

  it("leaves at once while one that stays is connected", async () => {
    const { bridge, backend } = await connected()
    const other = await startBackend()
    onTestFinished(() => other.close())
    bridge.cluster.setMembers([memberAt(backend.url), memberAt(other.url)])
    await waitFor(() => bridge.cluster.sessions === 2)
    const silent = await startSilentPort()
    bridge.cluster.setMembers([memberAt(other.url), memberAt(silent.url)])
    expect(bridge.cluster.status(0).endpoints.map(({ address }) => address)).toEqual([other.url, silent.url])
  })

  it("ends with the bridge", async () => {
    const { bridge, backend } = await connected()
    const silent = await startSilentPort()
    bridge.cluster.setMembers([memberAt(silent.url)])
    await bridge.close()
    await waitFor(() => backend.sessions.size === 0)
  })
})
