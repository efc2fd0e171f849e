import { describe, expect, it } from "vitest"
import { candidates } from "../../../test/support/candidates.ts"
import { chooseSubset } from "./subset.ts"

const bridges = Array.from({ length: 500 }, (_, number) => `bridge-${number}`)

describe("a subset", () => {
  it("has its size, the order of the list, and the same members each time", () => {
    const list = candidates(50)
    const subset = chooseSubset(list, 10, "bridge-1")
    expect(subset).toHaveLength(10)
    expect(subset).toEqual(list.filter((one) => subset.includes(one)))
    expect(new Set(chooseSubset(list.toReversed(), 10, "bridge-1"))).toEqual(new Set(subset))
    expect(chooseSubset(list, 50, "bridge-1")).toEqual(list)
    expect(chooseSubset([], 5, "bridge-1")).toEqual([])
  })

  it("spreads many bridges evenly over the endpoints", () => {
    const list = candidates(50)
    const counts = new Map(list.map(({ key }) => [key, 0]))
    for (const bridge of bridges)
      for (const { key } of chooseSubset(list, 10, bridge)) counts.set(key, (counts.get(key) ?? 0) + 1)
    // Each endpoint has 500 * 10 / 50 = 100 bridges, with a deviation of 9.
    expect(Math.min(...counts.values())).toBeGreaterThan(65)
    expect(Math.max(...counts.values())).toBeLessThan(140)
  })

  it("gives an endpoint of twice the weight nearly twice the bridges", () => {
    const list = candidates(50)
    list[7].weight = 2
    const count = bridges.filter((bridge) => chooseSubset(list, 5, bridge).includes(list[7])).length
    expect(count).toBeGreaterThan(70)
    expect(count).toBeLessThan(130)
  })

  it("changes by at most one member when an endpoint comes or goes", () => {
    const list = candidates(51)
    for (const bridge of bridges.slice(0, 50)) {
      const before = chooseSubset(list, 10, bridge)
      for (const gone of [list[0], list[25], list[50]]) {
        const after = chooseSubset(
          list.filter((one) => one !== gone),
          10,
          bridge,
        )
        expect(before.filter((one) => !after.includes(one))).toEqual(before.includes(gone) ? [gone] : [])
      }
    }
  })

  it("has members of every priority and zone, so that there is a level to fall back to", () => {
    const list = candidates(40)
    for (const [index, one] of list.entries()) {
      one.priority = index % 2
      one.zone = index % 4 < 2 ? "a" : "b"
    }
    const groups = chooseSubset(list, 3, "bridge-1").map(({ priority, zone }) => `${priority}${zone}`)
    expect(groups.toSorted()).toEqual(["0a", "0a", "0a", "0b", "0b", "0b", "1a", "1a", "1a", "1b", "1b", "1b"])
  })
})
