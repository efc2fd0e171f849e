import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isValue, requestOf, routeOf } from "../../test/support/routes.ts"
import type { RouteRequest } from "./conditions.ts"
import type { RouteConfig } from "./route-config.ts"
import { createRouteTable, pathWithoutPrefix } from "./route-table.ts"

/** Name of the route, or the reason why there is none. */
function taken(routes: readonly RouteConfig[], request: RouteRequest): string {
  const table = createRouteTable(routes)
  const [first, again] = [table.match(request), table.match(request)]
  expect(again).toBe(first)
  return first.kind === "route" ? first.config.name : first.kind
}

describe("createRouteTable", () => {
  it("takes the first route that matches, not the most specific one", () => {
    const routes = [
      routeOf("wide", { service: "api.*" }),
      routeOf("narrow", { service: "api.v1.Users", method: "Get" }),
      routeOf("rest"),
    ]
    expect(taken(routes, requestOf("/api.v1.Users/Get"))).toBe("wide")
    expect(taken(routes.toReversed(), requestOf("/api.v1.Users/Get"))).toBe("rest")
    expect(taken(routes.slice(1), requestOf("/api.v1.Users/Get"))).toBe("narrow")
    expect(taken(routes, requestOf("/other.Service/Get"))).toBe("rest")
  })

  it.each([
    ["api.v1.*", "Get*", "/api.v1.Users/GetUser", true],
    ["api.v1.*", "Get*", "/api.v1.Users/get", false],
    ["api.v1.*", null, "/api.v1/Get", false],
    ["*.Users", null, "/api.v1.Users/Get", true],
    ["api.*.Users", null, "/api.v1.Users/Get", true],
    ["api.*.Users", null, "/api.Users/Get", false],
    ["a*b*b", null, "/abb/Get", true],
    ["a*b*b", null, "/ab/Get", false],
    [null, "*User", "/a/GetUser", true],
    ["*", "*", "/a/b", true],
    ["Api", null, "/api/Get", false],
  ])("matches service %j and method %j with %s: %s", (service, method, path, does) => {
    expect(taken([routeOf("r", { service, method })], requestOf(path))).toBe(does ? "r" : "noRoute")
  })

  it("matches fields: exact, by prefix, present, absent, by a regular expression for the whole value", () => {
    const routes = [
      routeOf("exact", { headers: [isValue("X-Version", "v2")] }),
      routeOf("prefix", { headers: [{ kind: "prefix", name: "x-version", value: "v3" }] }),
      routeOf("regex", { headers: [{ kind: "regex", name: "x-version", source: "v[4-9]" }] }),
      routeOf("both", { headers: [isValue("a", "1"), isValue("b", "2")] }),
      routeOf("present", { headers: [{ kind: "present", name: "x-debug", isPresent: true }] }),
      routeOf("absent", { headers: [{ kind: "present", name: "x-version", isPresent: false }] }),
    ]
    const to = (fields: Record<string, string>): string => taken(routes, requestOf("/a.B/C", fields))
    expect(to({ "x-version": "v2" })).toBe("exact")
    expect(to({ "x-version": "v2 " })).toBe("noRoute")
    expect(to({ "x-version": "v3.1" })).toBe("prefix")
    expect(to({ "x-version": "v5" })).toBe("regex")
    expect(to({ "x-version": "xv5" })).toBe("noRoute")
    expect(to({ "x-version": "v5x" })).toBe("noRoute")
    expect(to({ a: "1" })).toBe("absent")
    expect(to({ a: "1", b: "2" })).toBe("both")
    expect(to({ "x-version": "", "x-debug": "" })).toBe("present")
  })

  it("matches origins by the patterns of --cors-origin, and wires", () => {
    const routes = [
      routeOf("team", { origins: ["https://*.team.example", "https://app.example"] }),
      routeOf("any page", { origins: ["*"] }),
      routeOf("native", { wires: ["grpc"] }),
    ]
    const to = (origin: string | null, wire: RouteRequest["wire"] = "grpc-web"): string =>
      taken(routes, requestOf("/a.B/C", {}, { origin, wire }))
    expect(to("https://x.team.example")).toBe("team")
    expect(to("https://app.example")).toBe("team")
    expect(to("https://app.example.evil.net")).toBe("any page")
    expect(to("null")).toBe("noRoute")
    expect(to(null)).toBe("noRoute")
    expect(to(null, "grpc")).toBe("native")
  })

  it("strips a prefix on a segment border only, and reads service and method after it", () => {
    const routes = [
      routeOf("api", { service: "a.B" }, { stripPrefix: "/api" }),
      routeOf("deep", {}, { stripPrefix: "/api/v1/" }),
      routeOf("plain"),
    ]
    const table = createRouteTable(routes)
    const to = (path: string): string => {
      const found = table.match(requestOf(path))
      return found.kind === "route" ? `${found.config.name} ${pathWithoutPrefix(found, path)}` : found.kind
    }
    expect(to("/api/a.B/C")).toBe("api /a.B/C")
    expect(to("/api/v1/a.B/C")).toBe("deep /a.B/C")
    expect(to("/a.B/C")).toBe("plain /a.B/C")
    expect(to("/api/C")).toBe("plain /api/C") // a service of this name
    expect(to("/api/x.Y/C")).toBe("noRoute")
    for (const path of ["/apix/a.B/C", "/API/a.B/C", "/x/a.B/C", "/api/v1/x/a.B/C", "/api//a.B/C"])
      expect(to(path), path).toBe("noMethod")
    expect(taken(routes.slice(0, 1), requestOf("/a.B/C"))).toBe("noRoute")
  })

  it.each([
    ...["/api/../a.B/C", "/api/./a.B/C", "/api/%2e%2e/a.B/C", "/../api/a.B/C", "/api/../../a.B/C", "/x/../api/a.B/C"],
    ...["/api/a.B/..", "/api/../C", "/api/a.B/%2e%2e", "/api%2fa.B/C", "/api/a.B%2fC", "/api\\a.B/C", "/api/..;/a.B/C"],
  ])("never lets %s pass a prefix that it strips", (path) => {
    expect(taken([routeOf("api", {}, { stripPrefix: "/api" })], requestOf(path))).toBe("noMethod")
  })

  it("refuses another spelling of a name, which a route for that name would miss", () => {
    for (const path of ["/a.%42/C", "/a%2dB/C", "/a.B/%43", "/a.B/C%7e", "/a.B/%5f"])
      expect(taken([routeOf("all")], requestOf(path)), path).toBe("noMethod")
    expect(taken([routeOf("all")], requestOf("/a.B/With%20Blank"))).toBe("all")
  })

  it("finds what a search through all routes finds, whatever the routes and calls are", () => {
    const name = fc.constantFrom(null, "a", "b", "a.b", "a*", "*b", "*", "a.*")
    const headers = fc.array(fc.constantFrom(isValue("x", "1"), isValue("y", "2")), { maxLength: 2 })
    const prefix = fc.constantFrom(null, null, "/p", "/p/q/")
    const route = fc.tuple(name, name, headers, prefix).map(([service, method, conditions, stripPrefix]) => {
      return routeOf("", { service, method, headers: conditions }, { stripPrefix })
    })
    const path = fc
      .tuple(
        fc.constantFrom("", "", "/p", "/p/q", "/z"),
        fc.constantFrom("a", "b", "a.b", "a.c", "z"),
        fc.constantFrom("a", "ab", "z"),
      )
      .map(([before, service, method]) => `${before}/${service}/${method}`)
    const fields = fc.constantFrom<Record<string, string>>({}, { x: "1" }, { y: "2" }, { x: "1", y: "2" })
    fc.assert(
      fc.property(
        fc.array(route, { maxLength: 12 }),
        fc.array(fc.tuple(path, fields), { maxLength: 8 }),
        (routes, calls) => {
          const table = createRouteTable(routes)
          for (const [target, given] of calls) {
            const found = table.match(requestOf(target, given))
            expect(found.kind === "route" ? found.index : -1).toBe(
              routes.findIndex((one) => plainlyMatches(one, target, given)),
            )
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})

/** The rule in its simplest form. */
function plainlyMatches({ match, stripPrefix }: RouteConfig, path: string, fields: Record<string, string>): boolean {
  const prefix = (stripPrefix ?? "").replace(/\/$/, "")
  const [, service, method, more] = path.slice(prefix.length).split("/")
  if (!path.startsWith(`${prefix}/`) || method === undefined || more !== undefined) return false
  const fits = (pattern: string | null, text: string): boolean =>
    pattern === null || new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", ".*")}$`).test(text)
  return (
    fits(match.service, service) &&
    fits(match.method, method) &&
    match.headers.every((condition) => condition.kind === "exact" && fields[condition.name] === condition.value)
  )
}
