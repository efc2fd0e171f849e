import { describe, expect, it, onTestFinished } from "vitest"
import type { RoutesStatus } from "../src/routing/routes-status.ts"
import { startConfiguredBridge } from "./support/configured-bridge.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { callPage } from "./support/page-call.ts"

/** A bridge before two versions of a service, with these routes. */
async function scene(routes: string) {
  const backend = await startGrpcBackend({
    "/test.Service/Method": async (call) => {
      await call.all()
      call.end()
    },
  })
  onTestFinished(() => backend.close())
  const upstreams = `upstreams:\n  v1: { endpoints: [${backend.url}] }\n  v2: { endpoints: [${backend.url}] }\n`
  const { bridge, get, apply } = await startConfiguredBridge(`${upstreams}routes:\n${routes}`)
  const shown = async () => {
    const { routes: list } = (await (await get("/routes")).json()) as RoutesStatus
    return list.map(({ name, calls, target }) => [name, calls, ...target.upstreams.map((one) => [one.name, one.calls])])
  }
  const call = (fields: readonly string[] = []) => callPage(bridge.address, { fields })
  return { get, shown, call, apply: (text: string) => apply(`${upstreams}routes:\n${text}`) }
}

const testers = "  - { name: testers, match: { headers: { x-version: v2 } }, upstream: v2 }\n"

describe("/routes", () => {
  it("counts the calls of each route and of each of its upstreams", async () => {
    const { shown, call, get } = await scene(`${testers}  - { name: rest, weights: { v1: 100, v2: 0 } }\n`)
    await call(["x-version", "v2"])
    await call()
    await call()
    expect(await shown()).toEqual([
      ["testers", 1, ["v2", 1]],
      ["rest", 2, ["v1", 2], ["v2", 0]],
    ])
    expect((await get("/routes")).headers.get("content-type")).toBe("application/json")
  })

  it("counts on over a reload, route by route", async () => {
    const { shown, call, apply } = await scene(`${testers}  - { name: rest, upstream: v1 }\n`)
    await call(["x-version", "v2"])
    await call()
    await apply("  - { name: rest, weights: { v1: 0, v2: 5 } }\n")
    await call(["x-version", "v2"])
    expect(await shown()).toEqual([["rest", 2, ["v1", 1], ["v2", 1]]])
  })
})

describe("/routes/explain", () => {
  it("explains the configuration that is in force now", async () => {
    const { get, apply } = await scene(`${testers}  - { name: rest, upstream: v1 }\n`)
    const explained = async () => (await get("/routes/explain?method=a.B/C&header=x-version:v2")).json()
    expect(await explained()).toMatchObject({
      route: "testers",
      outcome: '/a.B/C takes the route "testers": the upstream "v2" gets the call',
      steps: [{ result: "taken" }, { result: "notReached" }],
    })
    await apply("  - { name: everything, upstream: v1 }\n")
    expect(await explained()).toMatchObject({ route: "everything", steps: [{ result: "taken" }] })
  })
})
