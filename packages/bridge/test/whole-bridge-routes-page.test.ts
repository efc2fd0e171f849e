import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { createBridge } from "../src/bridge.ts"
import { loadConfig } from "../src/config/load.ts"
import type { Config } from "../src/config/schema.ts"
import type { RoutesStatus } from "../src/routing/routes-status.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { callPage } from "./support/page-call.ts"

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** A bridge before two versions of a service. */
async function scene(routes: string) {
  const folder = mkdtempSync(join(tmpdir(), "causeway-routes-page-"))
  const backend = await startGrpcBackend({
    "/test.Service/Method": async (call) => {
      await call.all()
      call.end()
    },
  })
  const configOf = (text: string): Config => {
    const path = join(folder, "bridge.yaml")
    const upstreams = `upstreams:\n  v1: { endpoints: [${backend.url}] }\n  v2: { endpoints: [${backend.url}] }\n`
    const ports = 'listen: 127.0.0.1:0\nadmin: { listen: 127.0.0.1:0 }\ntelemetry: { access-log: "off" }\n'
    writeFileSync(path, `${ports}${upstreams}routes:\n${text}`)
    const loaded = loadConfig(["--config", path], {})
    if (loaded.kind !== "config") throw new Error(JSON.stringify(loaded))
    return loaded.config
  }
  const bridge = await createBridge(configOf(routes), { log: silent })
  onTestFinished(async () => {
    await bridge.close(0)
    await backend.close()
    rmSync(folder, { recursive: true })
  })
  const get = (page: string): Promise<Response> => fetch(`${bridge.adminAddress}${page}`)
  const shown = async () => {
    const { routes: list } = (await (await get("/routes")).json()) as RoutesStatus
    return list.map(({ name, calls, target }) => [name, calls, ...target.upstreams.map((one) => [one.name, one.calls])])
  }
  const call = (fields: readonly string[] = []) => callPage(bridge.address, { fields })
  return { get, shown, call, apply: (text: string) => bridge.apply(configOf(text)) }
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
