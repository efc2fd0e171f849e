import { MetadataList } from "@causeway/protocol"
import { describe, expect, it } from "vitest"
import type { Call, Routed } from "../core/call.ts"
import type { Route } from "../core/route.ts"
import type { Reply } from "../core/reply.ts"
import { routeOf } from "../../test/support/routes.ts"
import { createMetadataEdit } from "../routing/edit-metadata.ts"
import { createRouteTable } from "../routing/route-table.ts"
import { Tally } from "../core/tally.ts"
import { createSplit } from "../routing/split.ts"
import { route } from "./route.ts"
import { staticAnswer } from "./static-answer.ts"

const to = { name: "to", hash: null, maxRequestMessageBytes: null, upstream: { name: "http://backend:1" } } as Route
const other = {
  name: "other",
  hash: null,
  maxRequestMessageBytes: null,
  upstream: { name: "http://backend:2" },
} as Route
const table = createRouteTable([
  routeOf("v2", { headers: [{ kind: "exact", name: "x-version", value: "v2" }] }),
  routeOf("below", { service: "a.B" }, { stripPrefix: "/api" }),
  routeOf("closed", { service: "closed.Api" }),
  routeOf("edited", { service: "edited.Api" }),
  routeOf("all"),
])

const tallies = (count: number): Tally[] => Array.from({ length: count }, () => new Tally())
const plain = (route: Route) => ({ kind: "route", route, edit: null, tallies: tallies(1) }) as const
const reply = staticAnswer({ kind: "answer", code: 14, message: "Back at noon", retryAfterMs: 90_500 })
const edit = createMetadataEdit({ add: [["x-env", "prod"]], remove: [], require: ["x-tenant"] })
const targets = [
  plain(other),
  plain(other),
  { kind: "answer", name: "closed", reply, tallies: tallies(1) } as const,
  { kind: "route", route: to, edit, tallies: tallies(1) } as const,
  plain(to),
]

function handle(
  path: string,
  fields: Record<string, string> = {},
): { call: Call; run: () => Promise<unknown>; seen: Routed[] } {
  const header = (name: string) => fields[name] ?? null
  const call = {
    path,
    origin: null,
    header,
    metadata: new MetadataList(Object.entries(fields).flat()),
    record: { upstream: null },
  } as unknown as Call
  const seen: Routed[] = []
  const handler = route({ table, targets }, (routed) => {
    seen.push(routed)
    return Promise.reject(new Error("next was called"))
  })
  return { call, run: () => handler(call), seen }
}

describe("route", () => {
  it("counts the calls of each target, its own answers too", async () => {
    const before = targets.map(({ tallies: [tally] }) => tally.calls)
    for (const path of ["/a.B/C", "/a.B/D"]) await expect(handle(path).run()).rejects.toThrow("next was called")
    await handle("/closed.Api/Get").run()
    expect(handle("/no-method").run).toThrow()
    expect(targets.map(({ tallies: [tally] }, i) => tally.calls - before[i])).toEqual([0, 0, 1, 0, 2])
  })

  it.each(["/a/b", "/pkg.v1.Service/Method", "/pkg.Service/Method-1", "/%C3%A4/b", "/a.B/With%20Blank", "/...a/..b"])(
    "passes %s on as it is",
    async (path) => {
      const { call, run, seen } = handle(path)
      await expect(run()).rejects.toThrow("next was called")
      expect(seen[0]).toMatchObject({ path, route: to })
      expect(call.record.upstream).toBe("http://backend:1")
    },
  )

  it.each(["/", "", "/a", "/a/", "//b", "/a/b/c", "/a/b/", "a/b", "/a b/c", "/favicon.ico"])(
    "is UNIMPLEMENTED for %j, which names no method",
    (path) => {
      const { run, seen } = handle(path)
      expect(run).toThrow(expect.objectContaining({ reason: "unknown-route", code: 12 }))
      expect(seen).toEqual([])
    },
  )

  it.each([
    ...[
      "/../b",
      "/./b",
      "/a.B/..",
      "/a.B/.",
      "/a.B/C#f",
      "/a.B/C\\d",
      "/a\\b/c",
      "/a%2fb/c",
      "/a.B/%2E%2e",
      "/a.B/C%5cd",
    ],
    ...[
      "/a.B/C%23",
      "/a.B/C%3F",
      "/a.B/C%00",
      "/a.B/C%0d%0a",
      "/a.B/C%7f",
      "/a.B/C%252f",
      "/a.B/C%",
      "/a.B/C%2",
      "/a.B/C%zz",
    ],
    ...["/a.B/C;/..", "//a.B/C", "/a.B//C", "/a.B/C/.", "/a.B/\u00e4", '/a.B/"C"', "/a.B/<C>", "/a.B/C|d", "/a.B/{C}"],
  ])("is UNIMPLEMENTED for %j, which two proxies could read as two paths", (path) => {
    const { run, seen } = handle(path)
    expect(run).toThrow(expect.objectContaining({ reason: "unknown-route", code: 12 }))
    expect(seen).toEqual([])
  })

  it("takes the first route that matches, by a received field too", async () => {
    const { call, run, seen } = handle("/a.B/C", { "x-version": "v2" })
    await expect(run()).rejects.toThrow("next was called")
    expect(seen[0].route).toBe(other)
    expect(call.record.upstream).toBe("http://backend:2")
  })

  it("strips a route's prefix from the path, and refuses a call that no route takes", async () => {
    const { run, seen } = handle("/api/a.B/C")
    await expect(run()).rejects.toThrow("next was called")
    expect(seen[0]).toMatchObject({ path: "/a.B/C", route: other })
    const refused = handle("/api/x.Y/C")
    expect(refused.run).toThrow(expect.objectContaining({ reason: "unknown-route", code: 12 }))
    expect(refused.run).toThrow("No route of this bridge takes /api/x.Y/C")
  })

  it("answers by itself on a route that says so, with the time after which to come back", async () => {
    const { run, seen } = handle("/closed.Api/Get")
    const answered = (await run()) as Reply & { kind: "status" }
    expect(answered.status).toMatchObject({ code: 14, message: "Back at noon", error: { reason: "route-answer" } })
    expect([...answered.metadata]).toEqual([["retry-after", "91"]])
    expect(seen).toEqual([])
  })

  it("changes the metadata, and refuses a call without a required field by its name", async () => {
    const { run, seen } = handle("/edited.Api/Get", { "x-tenant": "1", "x-env": "forged" })
    await expect(run()).rejects.toThrow("next was called")
    expect([...seen[0].metadata].flat()).toEqual(["x-tenant", "1", "x-env", "prod"])
    const refused = handle("/edited.Api/Get")
    expect(refused.run).toThrow(expect.objectContaining({ reason: "missing-metadata", code: 3 }))
    expect(refused.run).toThrow("The call has no field x-tenant")
  })

  it("spreads 10,000 calls by weights within five standard deviations, and gives weight 0 none", () => {
    const calls = 10_000
    const shares = [0.9, 0.09, 0.01, 0]
    const routes = shares.map((_, index) => ({ ...to, name: `route ${index}` }))
    const split = createSplit(shares.map((weight, index) => ({ upstream: `v${index}`, weight: weight * 100 })))
    const target = { kind: "split", routes, split, sticky: null, edit: null, tallies: tallies(4) } as const
    const counts = shares.map(() => 0)
    const handler = route({ table: createRouteTable([routeOf("canary")]), targets: [target] }, (routed) => {
      counts[routes.indexOf(routed.route)]++
      return new Promise(() => {})
    })
    for (let i = 0; i < calls; i++) void handler(handle("/a.B/C").call)
    for (const [index, share] of shares.entries()) {
      const deviation = Math.sqrt(calls * share * (1 - share))
      expect(Math.abs(counts[index] - calls * share)).toBeLessThanOrEqual(5 * deviation)
    }
    expect(target.tallies.map((tally) => tally.calls)).toEqual(counts)
  })

  it("shortens a long path in its message", () => {
    expect(handle(`/${"x".repeat(10_000)}`).run).toThrow(/^.{0,300}$/)
  })
})
