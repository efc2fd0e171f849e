import { describe, expect, it } from "vitest"
import { isValue, routeOf } from "../../test/support/routes.ts"
import type { RouteConfig } from "./route-config.ts"
import { RouteCounters } from "./route-counts.ts"
import { createRouteTable } from "./route-table.ts"
import { routesStatus } from "./routes-status.ts"

const upstream = (name: string): Partial<RouteConfig> => ({ action: { kind: "upstream", upstream: name } })
const weights = (shares: Readonly<Record<string, number>>): Partial<RouteConfig> => {
  const upstreams = Object.entries(shares).map(([name, weight]) => ({ upstream: name, weight }))
  return { action: { kind: "split", upstreams, sticky: null } }
}

describe("the status of routes", () => {
  it("shows each route in order, with its conditions, calls and shares", () => {
    const configs = [
      routeOf(
        "v2",
        { service: "a.*", method: "Get", headers: [isValue("x-version", "v2")] },
        { ...upstream("new"), mirror: { upstream: "next", percent: 10 } },
      ),
      routeOf(
        "closed",
        { wires: ["grpc"] },
        { stripPrefix: "/api", action: { kind: "answer", code: 14, message: "Back at noon", retryAfterMs: 1_500 } },
      ),
      routeOf("rest", {}, weights({ old: 3, new: 1 })),
    ]
    const { counts } = new RouteCounters().prepare(configs)
    counts[2].tallies[0].calls += 5
    counts[2].tallies[1].calls += 2
    expect(routesStatus(createRouteTable(configs).routes, counts)).toEqual({
      routes: [
        {
          name: "v2",
          match: 'the service is a.* and the method is Get and x-version is "v2"',
          calls: 0,
          target: { kind: "upstream", upstreams: [{ name: "new", weight: 1, share: 1, calls: 0 }] },
          mirror: { upstream: "next", percent: 10 },
        },
        {
          name: "closed",
          match: "the path is below /api/ and the wire is grpc",
          calls: 0,
          target: {
            kind: "answer",
            upstreams: [],
            answer: { code: 14, status: "UNAVAILABLE", message: "Back at noon", retryAfterSeconds: 2 },
          },
          mirror: null,
        },
        {
          name: "rest",
          match: "every call",
          calls: 7,
          target: {
            kind: "split",
            sticky: null,
            upstreams: [
              { name: "old", weight: 3, share: 0.75, calls: 5 },
              { name: "new", weight: 1, share: 0.25, calls: 2 },
            ],
          },
          mirror: null,
        },
      ],
    })
  })
})

describe("the counts of routes", () => {
  it("go on over a reload for routes of the same name, whatever else changes", () => {
    const counters = new RouteCounters()
    const first = counters.prepare([routeOf("a", {}, upstream("old")), routeOf("b", {}, upstream("old"))])
    first.use()
    first.counts[0].tallies[0].calls = 3
    first.counts[1].tallies[0].calls = 4
    const second = counters.prepare([
      routeOf("b", { service: "a.B" }, weights({ new: 1, old: 1 })),
      routeOf("a", {}, upstream("new")),
    ])
    first.counts[0].tallies[0].calls++ // a call between the preparation and the use
    second.use()
    expect(
      second.counts.map(({ tallies, callsBefore }) => [callsBefore, ...tallies.map(({ calls }) => calls)]),
    ).toEqual([
      [0, 0, 4],
      [4, 0],
    ])
  })

  it("are dropped with their route, and do not change by a configuration that is not used", () => {
    const counters = new RouteCounters()
    const first = counters.prepare([routeOf("a", {}, upstream("old"))])
    first.use()
    first.counts[0].tallies[0].calls = 3
    counters.prepare([routeOf("b")])
    expect(counters.prepare([routeOf("a", {}, upstream("old"))]).counts[0].tallies[0].calls).toBe(3)
    counters.prepare([routeOf("b")]).use()
    expect(counters.prepare([routeOf("a", {}, upstream("old"))]).counts[0].tallies[0].calls).toBe(0)
  })
})
