import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isValue, requestOf, routeOf } from "../../test/support/routes.ts"
import type { RouteConfig, RouteMatch } from "./route-config.ts"
import { createRouteTable } from "./route-table.ts"
import { shadowedRoutes } from "./shadowed.ts"

const present = { kind: "present", name: "x", isPresent: true } as const
const absent = { kind: "present", name: "x", isPresent: false } as const
const prefix = (value: string) => ({ kind: "prefix", name: "x", value }) as const
const regex = (source: string) => ({ kind: "regex", name: "x", source }) as const

describe("shadowedRoutes", () => {
  it.each<[Partial<RouteMatch>, Partial<RouteMatch>, boolean]>([
    [{}, {}, true],
    [{}, { service: "a.B", headers: [isValue("x", "1")] }, true],
    [{ service: "a.*" }, { service: "a.B" }, true],
    [{ service: "a.*" }, { service: "a.b.*" }, true],
    [{ service: "a.*" }, { service: "a*" }, false],
    [{ service: "a.*" }, {}, false],
    [{ service: "*" }, {}, true],
    [{ service: "a.B", method: "Get*" }, { service: "a.B", method: "GetUser" }, true],
    [{ service: "a.B", method: "Get*" }, { service: "a.B" }, false],
    [{ headers: [present] }, { headers: [isValue("X", "1")] }, true],
    [{ headers: [present] }, { headers: [regex("a")] }, true],
    [{ headers: [present] }, { headers: [absent] }, false],
    [{ headers: [absent] }, { headers: [absent] }, true],
    [{ headers: [prefix("v")] }, { headers: [prefix("v2")] }, true],
    [{ headers: [prefix("v2")] }, { headers: [prefix("v")] }, false],
    [{ headers: [regex("v[0-9]")] }, { headers: [isValue("x", "v2")] }, true],
    [{ headers: [regex("v[0-9]")] }, { headers: [isValue("x", "va")] }, false],
    [{ headers: [isValue("x", "1")] }, { headers: [isValue("y", "1")] }, false],
    [{ headers: [isValue("x", "1"), isValue("y", "1")] }, { headers: [isValue("x", "1")] }, false],
    [{ origins: ["*"] }, { origins: ["https://a.example", "https://*.b.example"] }, true],
    [{ origins: ["*"] }, {}, false],
    [{ origins: ["*"] }, { origins: ["null"] }, false],
    [{ origins: ["https://*.b.example"] }, { origins: ["https://a.b.example"] }, true],
    [{ wires: ["grpc", "grpc-web"] }, { wires: ["grpc"] }, true],
    [{ wires: ["grpc", "grpc-web"] }, {}, false],
    [{ wires: ["grpc", "grpc-web", "grpc-web-text"] }, {}, true],
  ])("of %j before %j: %s", (first, second, isShadowed) => {
    const found = shadowedRoutes([routeOf("first", first), routeOf("second", second)])
    expect(found).toEqual(isShadowed ? [{ route: "second", by: "first" }] : [])
  })

  it("compares only routes that strip the same prefix", () => {
    expect(shadowedRoutes([routeOf("a", {}, { stripPrefix: "/api" }), routeOf("b")])).toEqual([])
    expect(
      shadowedRoutes([routeOf("a", {}, { stripPrefix: "/api" }), routeOf("b", {}, { stripPrefix: "/api/" })]),
    ).toHaveLength(1)
  })

  it("never names a route that takes a call", () => {
    const name = fc.constantFrom(null, "a", "ab", "a*", "*b", "*")
    const headers = fc.array(fc.constantFrom(isValue("x", "v1"), prefix("v"), present, absent, regex("v.")), {
      maxLength: 2,
    })
    const route = fc
      .tuple(name, name, headers)
      .map(([service, method, conditions]) => ({ service, method, headers: conditions }))
    fc.assert(
      fc.property(fc.array(route, { maxLength: 6 }), (matches) => {
        const routes: RouteConfig[] = matches.map((match, i) => routeOf(`r${i}`, match))
        const shadowed = new Set(shadowedRoutes(routes).map((found) => found.route))
        const table = createRouteTable(routes)
        for (const service of ["a", "ab", "b", "axb"]) {
          for (const method of ["a", "ab", "zb"]) {
            for (const fields of [{}, { x: "v1" }, { x: "v" }, { x: "" }] as Record<string, string>[]) {
              const found = table.match(requestOf(`/${service}/${method}`, fields))
              if (found.kind === "route") expect(shadowed).not.toContain(found.config.name)
            }
          }
        }
      }),
      { numRuns: 500 },
    )
  })

  it("finds the first of the earlier routes that takes all calls of a later one, wherever it stands", () => {
    const name = fc.constantFrom(null, "a", "ab", "a*", "ab*", "*b", "*", "a*b")
    const headers = fc.array(fc.constantFrom(isValue("X", "v1"), isValue("x", "v2"), prefix("v"), present), {
      maxLength: 2,
    })
    const stripPrefix = fc.constantFrom(null, "/p", "/p/")
    const route = fc
      .tuple(name, name, headers, stripPrefix)
      .map(([service, method, conditions, strip]) =>
        routeOf("", { service, method, headers: conditions }, { stripPrefix: strip }),
      )
    fc.assert(
      fc.property(fc.array(route, { maxLength: 12 }), (unnamed) => {
        const routes = unnamed.map((one, i) => ({ ...one, name: `r${i}` }))
        const expected = routes.flatMap((later, i) => {
          const by = routes.slice(0, i).find((earlier) => shadowedRoutes([earlier, later]).length > 0)
          return by === undefined ? [] : [{ route: later.name, by: by.name }]
        })
        expect(shadowedRoutes(routes)).toEqual(expected)
      }),
      { numRuns: 500 },
    )
  })
})
