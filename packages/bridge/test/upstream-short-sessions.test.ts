import { describe, expect, it } from "vitest"
import type { BackendHandler } from "./support/grpc-backend.ts"
import { callPage } from "./support/page-call.ts"
import type { GrpcScene } from "./support/scene.ts"
import { grpcScene } from "./support/scene.ts"

/** A backend on node:http2 whose sessions say GOAWAY with their `callsPerSession`th call, and stay open after it. */
function shortSessions(callsPerSession: number, maxSessions = 16): Promise<GrpcScene> {
  const calls = new WeakMap<object, number>()
  const handler: BackendHandler = async (call) => {
    const { session, id } = call.stream
    if (session === undefined || id === undefined) return
    const count = (calls.get(session) ?? 0) + 1
    calls.set(session, count)
    if (count === callsPerSession) session.goaway(0, id)
    await call.all()
    if (!call.stream.destroyed) call.statusOnly(0)
  }
  return grpcScene(handler, { maxSessions })
}

describe("a backend that ends its sessions after a few calls", () => {
  it("serves call after call: a session that has drained takes no place, and only so many linger", async () => {
    const { backend, bridge } = await shortSessions(1, 1)
    let begun = 0
    for (let call = 1; call <= 40; call++) {
      expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
      expect(bridge.cluster.sessions).toBeLessThanOrEqual(4)
      const [{ sessions }] = bridge.cluster.endpoints
      expect(sessions.callsBegun).toBeGreaterThanOrEqual(begun) // also when the oldest of those that linger was cut
      begun = sessions.callsBegun
    }
    expect(backend.accepted).toBeLessThanOrEqual(41)
    expect(begun).toBe(bridge.records.reduce((sum, { attempts }) => sum + attempts, 0))
  })

  it.each([5, 1])("every %i calls serves a burst on as many sessions, and leaves few calls over", async (every) => {
    const { backend, bridge } = await shortSessions(every)
    const calls = 60
    const answers = await Promise.all(Array.from({ length: calls }, () => callPage(bridge.address)))
    expect(answers.filter(({ code }) => code !== 0)).toEqual([])
    expect(backend.accepted).toBeLessThanOrEqual(calls / every + 16)
    const attempts = bridge.records.reduce((sum, record) => sum + record.attempts, 0)
    expect(attempts).toBeLessThanOrEqual(2 * calls)
  })
})
