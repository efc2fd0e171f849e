import { describe, expect, it } from "vitest"
import type { BackendHandler, GrpcBackend } from "./support/grpc-backend.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { callPage, PageCall } from "./support/page-call.ts"
import { leaveNothing } from "./support/scene.ts"
import type { Bridge } from "./support/start-bridge.ts"
import { memberAt, startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"

const echo: BackendHandler = async (call) => {
  const [message] = await call.all()
  call.message(message)
  call.end()
}

/** Starts a bridge before this many backends, and waits until it is connected to all of them. */
async function fleet(
  size: number,
  handler: BackendHandler = echo,
  patienceMs: number = 10_000,
): Promise<{ bridge: Bridge; backends: GrpcBackend[] }> {
  const start = (): Promise<GrpcBackend> => startGrpcBackend({ "/test.Service/Method": handler })
  const backends = await Promise.all(Array.from({ length: size }, start))
  const [first, ...others] = backends.map(({ url }) => url)
  const bridge = await startBridge({ upstream: first, endpoints: others, patienceMs })
  leaveNothing(bridge, backends)
  await waitFor(() => bridge.cluster.sessions === size)
  return { bridge, backends }
}

const callsOf = (backends: readonly GrpcBackend[]): number[] => backends.map(({ calls }) => calls.length)

describe("an upstream with three endpoints", () => {
  it("spreads calls over all of them, and names the endpoint of each in its record", async () => {
    const { bridge, backends } = await fleet(3)
    for (let call = 0; call < 30; call++) expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    for (const { calls } of backends) expect(calls.length).toBeGreaterThan(0)
    const named = bridge.records.filter(({ endpoint }) => endpoint === backends[0].url).length
    expect(named).toBe(backends[0].calls.length)
  })

  it("loses no call that begins after one endpoint has gone", async () => {
    const { bridge, backends } = await fleet(3)
    await backends[0].close()
    await waitFor(() => bridge.cluster.sessions === 2)
    for (let call = 0; call < 30; call++) expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    expect(backends[0].calls).toHaveLength(0)
  })

  it("refuses calls once every endpoint has gone, and not before", async () => {
    const { bridge, backends } = await fleet(2, echo, 0)
    await backends[0].close()
    await waitFor(() => bridge.sessionEvents.some((event) => event.startsWith("failed")))
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    await backends[1].close()
    await waitFor(() => bridge.cluster.sessions === 0)
    expect(await callPage(bridge.address)).toMatchObject({ code: 14, reason: "backend-unreachable" })
  })
})

describe("endpoints that change while calls run", () => {
  it("takes the calls of an endpoint to their ends when it is removed, and gives new calls to the others", async () => {
    const { bridge, backends } = await fleet(2, async (call) => {
      await call.all()
      if (call.field("x-held") === null) call.end()
      else call.head()
    })
    const held = [0, 1].map(() => new PageCall(bridge.address, { fields: ["x-held", "1"] }))
    await waitFor(() => callsOf(backends).every((calls) => calls === 1))
    bridge.cluster.setMembers([memberAt(backends[1].url)])
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    expect(callsOf(backends)).toEqual([1, 2])
    expect(backends[0].openCalls).toBe(1)
    for (const { calls } of backends) calls[0].end()
    for (const call of held) expect(await call.answer).toMatchObject({ code: 0 })
    await waitFor(() => backends[0].sessions.size === 0)
  })

  it("lets a call wait while there is no endpoint, and serves it once there is one", async () => {
    const { bridge, backends } = await fleet(1)
    bridge.cluster.setMembers([])
    const answer = callPage(bridge.address)
    await waitFor(() => bridge.gauges().queued === 1)
    bridge.cluster.setMembers([memberAt(backends[0].url)])
    expect(await answer).toMatchObject({ code: 0 })
  })

  it("ends every session of the endpoints that it has left when the bridge closes", async () => {
    const { bridge, backends } = await fleet(2, (call) => call.head())
    const held = new PageCall(bridge.address)
    await waitFor(() => callsOf(backends).includes(1))
    bridge.cluster.setMembers([])
    await bridge.close()
    await waitFor(() => backends.every(({ sessions }) => sessions.size === 0))
    held.cancel()
  })
})
