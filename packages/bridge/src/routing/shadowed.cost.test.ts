import { expect, it } from "vitest"
import { startCountingRuns } from "../../test/support/count-runs.ts"
import { isValue, routeOf } from "../../test/support/routes.ts"
import type { RouteConfig } from "./route-config.ts"

// Counting begins before the modules are loaded.
const countRuns = startCountingRuns((url) => url.includes("/src/routing/"))
const { shadowedRoutes } = await import("./shadowed.ts")

const list = (count: number, routeAt: (i: number) => RouteConfig): RouteConfig[] =>
  Array.from({ length: count }, (_, i) => routeAt(i))

it.each<[string, (i: number) => RouteConfig]>([
  ["services", (i) => routeOf(`r${i}`, { service: `a.S${i}` })],
  ["methods of one service", (i) => routeOf(`r${i}`, { service: "a.S", method: `M${i}` })],
  ["patterns", (i) => routeOf(`r${i}`, { service: `a${i}.*` })],
  [
    "patterns, each before a service of it",
    (i) => routeOf(`r${i}`, { service: `a${i >> 1}.${i % 2 === 0 ? "*" : "S"}` }),
  ],
  ["values of a field", (i) => routeOf(`r${i}`, { headers: [isValue("x-tenant", `t${i}`)] })],
  ["prefixes", (i) => routeOf(`r${i}`, { service: "a.S" }, { stripPrefix: `/p${i}` })],
])("compares routes for different %s in nearly linear time", (_, routeAt) => {
  shadowedRoutes(list(10, routeAt)) // the first count has runs from before it
  const [few, many] = [list(400, routeAt), list(1_600, routeAt)]
  const cost = countRuns(() => void shadowedRoutes(few))
  expect(cost).toBeGreaterThan(400)
  expect(countRuns(() => void shadowedRoutes(many))).toBeLessThan(cost * 5)
})
