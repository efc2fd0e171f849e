import { describe, expect, it, onTestFinished } from "vitest"
import { createBridge } from "../src/bridge.ts"
import type { ConfigInput } from "../src/config/schema.ts"
import type { GrpcBackend } from "./support/grpc-backend.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { callPage } from "./support/page-call.ts"

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** The upstream of a test. */
interface Upstream {
  readonly endpoints: readonly unknown[]
  readonly balancing: object
  readonly breaker?: object
}

function configOf(upstream: Upstream): ConfigInput {
  const route = { name: "all", action: { kind: "upstream", upstream: "fleet" } }
  const parts = { upstreams: [{ name: "fleet", ...upstream }], routes: [route] } as unknown as Partial<ConfigInput>
  return { listen: "127.0.0.1:0", admin: "127.0.0.1:0", accessLog: "off", ...parts }
}

/** A bridge that is connected to so many backends. */
async function connected(count: number, balancing: object) {
  const start = (): Promise<GrpcBackend> => startGrpcBackend({ "/test.Service/Method": (call) => call.statusOnly(0) })
  const backends = await Promise.all(Array.from({ length: count }, start))
  const bridge = await createBridge(configOf({ endpoints: backends.map(({ url }) => url), balancing }), { log: silent })
  onTestFinished(async () => {
    await bridge.close(0)
    await Promise.all(backends.map((backend) => backend.close()))
  })
  const hasSessions = async (open: number): Promise<void> => {
    const metrics = async (): Promise<string> => (await fetch(`${bridge.adminAddress}/metrics`)).text()
    await expect.poll(metrics, { timeout: 10_000 }).toContain(`causeway_upstream_sessions_open ${open}\n`)
  }
  /** Calls once. Returns the number of the backend that got the call. */
  const call = async (fields: readonly string[] = []): Promise<number> => {
    const before = backends.map(({ calls }) => calls.length)
    expect(await callPage(bridge.address, { fields })).toMatchObject({ code: 0 })
    return backends.findIndex(({ calls }, index) => calls.length > before[index])
  }
  await hasSessions(count)
  return { bridge, backends, call, hasSessions }
}

describe("a change of the configuration", () => {
  it("keeps the turns of round robin if limits, weights or endpoints change, and connects to no endpoint again", async () => {
    const balancing = { policy: "round-robin" }
    const { bridge, backends, call } = await connected(3, balancing)
    const [a, b, c] = backends.map(({ url }) => url)
    const order = [await call(), await call(), await call()]
    expect(new Set(order)).toEqual(new Set([0, 1, 2]))
    for (const change of [
      { endpoints: [a, b, c], breaker: { maxQueued: 7 } },
      { endpoints: [a, { address: b, weight: 5 }, c] },
      { endpoints: [a, b, c, a.replace("127.0.0.1", "localhost")] },
      { endpoints: [a, b, c] },
    ]) {
      await bridge.apply(configOf({ balancing, ...change }))
      if (change.endpoints.length > 3) continue // the fourth leaves again before the next call
      expect([await call(), await call(), await call()]).toEqual(order)
    }
    expect(backends.slice(1).map(({ accepted }) => accepted)).toEqual([1, 1])
  })
})

describe("ring hash", () => {
  it.each([
    ["header", (user: number) => ["x-user", `user-${user}`]],
    ["cookie", (user: number) => ["cookie", `a=b; user=user-${user}`]],
  ])("keeps a user on one endpoint by a %s, and moves only the users of one that leaves", async (kind, fieldsOf) => {
    const hash = kind === "header" ? { kind, name: "x-user" } : { kind, name: "user" }
    const balancing = { policy: "ring-hash", hash }
    const { bridge, backends, call } = await connected(4, balancing)
    const users = Array.from({ length: 40 }, (_, user) => user)
    const homes: number[] = []
    for (const user of users) homes.push(await call(fieldsOf(user)))
    for (const user of users) expect(await call(fieldsOf(user))).toBe(homes[user])
    expect(new Set(homes).size).toBeGreaterThan(1)
    const [gone] = homes
    await bridge.apply(configOf({ balancing, endpoints: backends.toSpliced(gone, 1).map(({ url }) => url) }))
    for (const user of users) {
      const home = await call(fieldsOf(user))
      if (homes[user] === gone) expect(home).not.toBe(gone)
      else expect(home).toBe(homes[user])
    }
  })
})
