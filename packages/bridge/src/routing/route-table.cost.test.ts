import { describe, expect, it } from "vitest"
import { startCountingRuns } from "../../test/support/count-runs.ts"
import { isValue, requestOf, routeOf } from "../../test/support/routes.ts"

// Counting begins before the modules are loaded.
const countRuns = startCountingRuns((url) => url.includes("/src/routing/"))
const { createRouteTable } = await import("./route-table.ts")

describe("createRouteTable", () => {
  it("compares a call with as many routes as there are for its service, even if 1,000 others exist", () => {
    const others = Array.from({ length: 1_000 }, (_, i) =>
      routeOf(`r${i}`, { service: `s${i}.Api`, headers: [isValue("x", "1")] }),
    )
    const one = routeOf("one", { service: "a.Api", headers: [isValue("x", "1")] })
    // The first count has runs from before it.
    countRuns(() => void createRouteTable([one]).match(requestOf("/a.Api/Get")))
    const [few, many] = [createRouteTable([one]), createRouteTable([...others, one])]
    const first = requestOf("/a.Api/Get", { x: "1" })
    const again = requestOf("/a.Api/Get", { x: "1" })
    const costs = [few, many].map((table) => [
      countRuns(() => void table.match(first)),
      countRuns(() => void table.match(again)),
    ])
    expect(many.match(first)).toMatchObject({ index: 1_000 })
    expect(costs[0][1]).toBeGreaterThan(2)
    // V8 joins equal counts of neighbouring blocks, so that two equal runs may differ a little.
    expect(costs[1][0]).toBeLessThan(costs[0][0] + 50)
    expect(costs[1][1]).toBeLessThan(costs[0][1] + 50)
  })

  it("remembers a bounded number of paths, and forgets the oldest with the junk", () => {
    // A path that is not remembered costs a look at each of these patterns.
    const table = createRouteTable(Array.from({ length: 100 }, (_, i) => routeOf(`r${i}`, { service: `a${i}*` })))
    const cost = (path: string): number => countRuns(() => void table.match(requestOf(path)))
    cost("/ab/x")
    expect(cost("/ab/y")).toBeGreaterThan(cost("/ab/y") + 50)
    for (let i = 0; i < 1_000; i++) table.match(requestOf(`/junk${i}/x`))
    expect(cost("/ab/y")).toBeGreaterThan(cost("/ab/y") + 50)
  })
})
