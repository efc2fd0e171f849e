import fc from "fast-check"
import { routeOf } from "../../../packages/bridge/test/support/routes.ts"
import type { HeaderMatch, RouteConfig } from "../../../packages/bridge/src/routing/route-config.ts"

/** A call, as far as routes look at it. */
export interface RoutedCall {
  readonly path: string
  readonly fields: readonly (readonly [name: string, value: string])[]
}

const prefix = fc.constantFrom("", "/api", "/api/v2")
const services = ["a.v1.Users", "a.v1.Orders", "a.v2.Users", "b.Files"]
const methods = ["Get", "GetAll", "List", "Delete"]
const names = ["x-version", "x-tenant", "x-user"]
const values = ["", "v1", "v2", "v2-canary", "blue", "B-7", "aaaaab"]

const header: fc.Arbitrary<HeaderMatch> = fc.oneof(
  fc.record({
    kind: fc.constant("exact"),
    name: fc.constantFrom(...names),
    value: fc.constantFrom(...values.filter((value) => value !== "")),
  }),
  fc.record({
    kind: fc.constant("prefix"),
    name: fc.constantFrom(...names),
    value: fc.constantFrom("v", "v2", "B", "a"),
  }),
  fc.record({ kind: fc.constant("present"), name: fc.constantFrom(...names), isPresent: fc.boolean() }),
  fc.record({
    kind: fc.constant("regex"),
    name: fc.constantFrom(...names),
    source: fc.constantFrom("v[12]", "(a|aa)+b", "[A-Z]-\\d{1,3}", ".*canary", "v2(-.*)?", "(blue|green)"),
  }),
) as fc.Arbitrary<HeaderMatch>

const service = fc.constantFrom(null, ...services, "a.*", "*.Users", "a.v*.Users", "*")
const method = fc.constantFrom(null, ...methods, "Get*", "*All", "*e*")

const route = fc.record({ prefix, service, method, headers: fc.array(header, { maxLength: 2 }) })

/** Route tables of up to 20 routes, named by their places. */
export const routeTable: fc.Arbitrary<readonly RouteConfig[]> = fc
  .array(route, { minLength: 1, maxLength: 20 })
  .map((routes) =>
    routes.map(({ prefix: stripPrefix, service, method, headers }, place) =>
      routeOf(
        `route-${place}`,
        { service, method, headers },
        {
          stripPrefix: stripPrefix === "" ? null : stripPrefix,
          action: { kind: "answer", code: 14, message: `route-${place}`, retryAfterMs: null },
        },
      ),
    ),
  )

/** Calls to methods that the tables name, and to others. */
export const routedCall: fc.Arbitrary<RoutedCall> = fc
  .record({
    prefix,
    service: fc.constantFrom(...services, "c.Unknown", "a.v1.users"),
    method: fc.constantFrom(...methods, "Other"),
    fields: fc.uniqueArray(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...values)), {
      selector: ([name]) => name,
      maxLength: 3,
    }),
  })
  .map(({ prefix: before, service, method, fields }) => ({ path: `${before}/${service}/${method}`, fields }))
