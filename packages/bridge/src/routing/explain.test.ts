import { describe, expect, it } from "vitest"
import { isValue, requestOf, routeOf } from "../../test/support/routes.ts"
import { explainRoutes, routeExplanationText } from "./explain.ts"
import { createRouteTable } from "./route-table.ts"

const table = createRouteTable([
  routeOf("admin", { service: "admin.*" }),
  routeOf("writes", { method: "Set*" }),
  routeOf("native", { wires: ["grpc"] }),
  routeOf("team", { origins: ["https://app.example"] }),
  routeOf("v2", { headers: [isValue("x-version", "v2")] }),
  routeOf("below", {}, { stripPrefix: "/api" }),
  routeOf(
    "canary",
    { service: "a.B" },
    {
      action: {
        kind: "split",
        upstreams: [
          { upstream: "old", weight: 95 },
          { upstream: "new", weight: 5 },
        ],
        sticky: { kind: "cookie", name: "sid" },
      },
    },
  ),
  routeOf("rest"),
])

describe("explainRoutes", () => {
  it("gives the reason of every route in order", () => {
    const explained = explainRoutes(table, requestOf("/a.B/Get", { "x-version": "v1" }))
    expect(explained.route).toBe("canary")
    expect(routeExplanationText(explained))
      .toBe(`/a.B/Get takes the route "canary": the upstream "old" gets 95 %, the upstream "new" gets 5 %, chosen by the cookie sid, or at random without it.

  ✗ admin   the service a.B is not admin.*
  ✗ writes  the method Get is not Set*
  ✗ native  it matches only if the wire is grpc; it is grpc-web
  ✗ team    it matches only if the page's origin is https://app.example; no page sent the call
  ✗ v2      it matches only if x-version is "v2"; the call has another value
  ✗ below   it takes only paths below /api/
  ✓ canary  every condition holds
    rest    an earlier route has taken the call
`)
  })

  it("says that a field which only proxies may set counts in calls of trusted ones", () => {
    const byScheme = createRouteTable([
      routeOf("other", { service: "x.Y", headers: [isValue("x-real-ip", "192.0.2.1")] }),
      routeOf("secure", { headers: [isValue("x-forwarded-proto", "https")] }),
      routeOf("rest"),
    ])
    const isOfProxies = (name: string): boolean => name.startsWith("x-forwarded-") || name === "x-real-ip"
    const notesFor = (fields: Record<string, string>): readonly string[] =>
      explainRoutes(byScheme, requestOf("/a.B/Get", fields), isOfProxies).notes
    const note =
      "This holds for calls of a trusted proxy: with --trusted-proxies, the x-forwarded-proto of others does not count"
    expect(notesFor({ "x-forwarded-proto": "https", "x-real-ip": "192.0.2.1" })).toEqual([note])
    expect(notesFor({ "x-forwarded-proto": "http" })).toEqual([note])
    expect(notesFor({ "x-real-ip": "192.0.2.1" })).toEqual([])
    expect(
      routeExplanationText(
        explainRoutes(byScheme, requestOf("/a.B/Get", { "x-forwarded-proto": "https" }), isOfProxies),
      ),
    ).toContain(`${note}.\n`)
  })

  it("says that a value is too costly to compare, which counts as no match", () => {
    const costly = createRouteTable([
      routeOf("costly", { headers: [{ kind: "regex", name: "x-id", source: "(?:a*){499}" }] }),
      routeOf("rest"),
    ])
    const { steps } = explainRoutes(costly, requestOf("/a.B/Get", { "x-id": "a".repeat(9_000) }))
    expect(steps[0].why).toContain("the call's value, of 9000 characters, takes too many steps to compare")
  })

  it("shows the path that the backend gets", () => {
    const explained = explainRoutes(table, requestOf("/api/x.Y/Get"))
    expect(explained).toMatchObject({ route: "below", pathToBackend: "/x.Y/Get" })
    expect(explained.steps[0].why).toBe("it does not strip /api from the path")
    expect(routeExplanationText(explained)).toContain("The backend gets the path /x.Y/Get.\n")
  })

  it("says when no route takes the call, and when the path names no method", () => {
    const one = createRouteTable([routeOf("r", { service: "a.B" }, { stripPrefix: "/api" })])
    expect(explainRoutes(one, requestOf("/api/x.Y/Get"))).toMatchObject({
      route: null,
      outcome: expect.stringContaining("No route of this bridge takes /api/x.Y/Get") as string,
    })
    expect(explainRoutes(one, requestOf("/api/../x.Y/Get"))).toMatchObject({
      route: null,
      outcome: "/api/../x.Y/Get names no gRPC method; /api/package.Service/Method is expected",
      steps: [{ route: "r", result: "noMatch", why: "the path names no method" }],
    })
  })

  it("names the mirror of the route, with its part of the calls", () => {
    const outcomeFor = (percent: number): string =>
      explainRoutes(
        createRouteTable([routeOf("r", {}, { mirror: { upstream: "next", percent } })]),
        requestOf("/a.B/Get"),
      ).outcome
    expect(outcomeFor(100)).toMatch(/; the upstream "next" gets a copy of each, and its answers are dropped$/)
    expect(outcomeFor(2.5)).toContain('the upstream "next" gets copies of 2.5 % of them')
  })

  it("never shows a value that the call sent", () => {
    const explained = explainRoutes(table, requestOf("/a.B/Get", { "x-version": "secret", cookie: "sid=secret" }))
    expect(JSON.stringify(explained)).not.toContain("secret")
  })

  it("agrees with the table", () => {
    for (const path of [
      "/a.B/Get",
      "/a.B/SetX",
      "/admin.A/Get",
      "/z/Z",
      "/api/z/Z",
      "/q/z/Z",
      "/",
      "/api/admin.A/%2e",
    ]) {
      for (const version of ["v1", "v2"]) {
        const request = requestOf(path, { "x-version": version })
        const found = table.match(request)
        expect(explainRoutes(table, request).route).toBe(found.kind === "route" ? found.config.name : null)
      }
    }
  })
})
