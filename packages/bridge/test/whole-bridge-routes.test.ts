import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { createBridge } from "../src/bridge.ts"
import { loadConfig } from "../src/config/load.ts"
import type { GrpcBackend } from "./support/grpc-backend.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import type { PageAnswer, PageCallOptions } from "./support/page-call.ts"
import { callPage } from "./support/page-call.ts"

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** A bridge before two versions of a service, configured by a file with these routes. */
async function scene(routes: string) {
  const start = (): Promise<GrpcBackend> =>
    startGrpcBackend({
      "/test.Service/Method": async (call) => {
        const [message] = await call.all()
        call.message(message)
        call.end()
      },
    })
  const [v1, v2] = [await start(), await start()]
  const folder = mkdtempSync(join(tmpdir(), "causeway-routes-"))
  const path = join(folder, "bridge.yaml")
  const upstreams = `  v1: { endpoints: [${v1.url}] }\n  v2: { endpoints: [${v2.url}] }\n`
  writeFileSync(
    path,
    `listen: 127.0.0.1:0\nadmin: { listen: "off" }\ntelemetry: { access-log: "off" }\nupstreams:\n${upstreams}routes:\n${routes}`,
  )
  const loaded = loadConfig(["--config", path], {})
  if (loaded.kind !== "config") throw new Error(JSON.stringify(loaded))
  const bridge = await createBridge(loaded.config, { log: silent })
  onTestFinished(async () => {
    await bridge.close(0)
    await Promise.all([v1.close(), v2.close()])
    rmSync(folder, { recursive: true })
  })
  const call = (fields: readonly string[] = [], rest: PageCallOptions = {}): Promise<PageAnswer> =>
    callPage(bridge.address, { fields, ...rest })
  return { v1, v2, call, counts: () => [v1.calls.length, v2.calls.length] }
}

describe("routes to two versions of a service", () => {
  it("send every call with x-version: v2 to the new version, and no other", async () => {
    const { call, counts } = await scene(`
  - { name: testers, match: { headers: { x-version: v2 } }, upstream: v2 }
  - { name: rest, upstream: v1 }
`)
    const other = [["x-version", "v1"], ["x-version", "v22"], []]
    for (let i = 0; i < 30; i++) {
      expect(await call(["x-version", "v2"])).toMatchObject({ code: 0 })
      expect(await call(other[i % 3])).toMatchObject({ code: 0 })
    }
    expect(counts()).toEqual([30, 30])
  })

  it("split calls by weight, within five standard deviations", async () => {
    const { call, counts } = await scene("  - { name: canary, weights: { v1: 80, v2: 20 } }\n")
    const calls = 500
    for (let done = 0; done < calls; done += 10) await Promise.all(Array.from({ length: 10 }, () => call()))
    const [, second] = counts()
    expect(Math.abs(second - calls * 0.2)).toBeLessThan(5 * Math.sqrt(calls * 0.2 * 0.8))
  })

  it.each([
    ["a header", "{ header: x-user }", (user: number) => ["x-user", `user-${user}`]],
    ["a cookie", "{ cookie: sid }", (user: number) => ["cookie", `a=b; sid=user-${user}; c=d`]],
  ])("keep a user on one version by %s", async (_source, sticky, fieldsOf) => {
    const { call, v1, v2 } = await scene(`  - { name: canary, weights: { v1: 50, v2: 50 }, sticky: ${sticky} }\n`)
    const homes = new Set<GrpcBackend>()
    for (let user = 0; user < 12; user++) {
      const before = v1.calls.length
      for (let i = 0; i < 3; i++) await call(fieldsOf(user))
      const onFirst = v1.calls.length - before
      expect([0, 3]).toContain(onFirst)
      homes.add(onFirst === 3 ? v1 : v2)
    }
    expect(homes.size).toBe(2)
  })
})

describe("a route", () => {
  it("cuts off the prefix below which pages call, and takes no call without it", async () => {
    const { call, v1 } = await scene("  - { name: api, upstream: v1, strip-prefix: /api }\n")
    expect(await call([], { path: "/api/test.Service/Method" })).toMatchObject({ code: 0 })
    expect(v1.calls[0].path).toBe("/test.Service/Method")
    expect(await call()).toMatchObject({ code: 12, reason: "unknown-route" })
  })

  it("adds and removes metadata, and sends the host that it names", async () => {
    const { call, v1 } = await scene(
      "  - { name: all, upstream: v1, host: users.internal, metadata: { add: { x-env: prod }, remove: [x-debug], require: [x-tenant] } }\n",
    )
    expect(await call(["x-tenant", "a", "x-debug", "1", "x-env", "mine"])).toMatchObject({ code: 0 })
    const [first] = v1.calls
    expect([first.field("x-env"), first.field("x-debug"), first.field("x-tenant")]).toEqual(["prod", null, "a"])
    expect(first.authority).toBe("users.internal")
    expect(await call()).toMatchObject({ code: 3, reason: "missing-metadata" })
  })

  it("leaves the address of the endpoint as the host, unless the route or its upstream names another", async () => {
    const { call, v1, v2 } = await scene(
      "  - { name: named, match: { headers: { x-version: v2 } }, upstream: v2, host: users.internal:8443 }\n  - { name: rest, upstream: v1 }\n",
    )
    await call()
    await call(["x-version", "v2"])
    expect(v1.calls.map(({ authority }) => authority)).toEqual([new URL(v1.url).host])
    expect(v2.calls.map(({ authority }) => authority)).toEqual(["users.internal:8443"])
  })

  it("answers by itself, in words and with a time that a page may read", async () => {
    const { call, counts } = await scene("  - { name: closed, answer: { message: Back at noon, retry-after: 10m } }\n")
    const answer = await call(["origin", "http://localhost:5173"])
    expect(answer).toMatchObject({ code: 14, message: "Back at noon", reason: "route-answer" })
    const exposed = answer.fields.get("access-control-expose-headers") ?? ""
    expect([answer.fields.get("retry-after"), exposed.includes("retry-after")]).toEqual(["600", true])
    expect(counts()).toEqual([0, 0])
  })

  it("has message limits of its own, in both directions", async () => {
    const { call } = await scene(`
  - { name: small-requests, match: { headers: { x-limit: request } }, upstream: v1, limits: { request-message: 100 } }
  - { name: small-replies, match: { headers: { x-limit: reply } }, upstream: v1, limits: { reply-message: 100 } }
  - { name: rest, upstream: v1 }
`)
    const message = "x".repeat(101)
    expect(await call(["x-limit", "request"], { message })).toMatchObject({ code: 8, reason: "request-too-large" })
    expect(await call(["x-limit", "reply"], { message })).toMatchObject({ code: 8, reason: "reply-too-large" })
    expect(await call([], { message })).toMatchObject({ code: 0 })
    expect(await call(["x-limit", "request"], { message: "x".repeat(100) })).toMatchObject({ code: 0 })
  })
})
