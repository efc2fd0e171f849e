import { describe, expect, it } from "vitest"
import { LinkedList } from "./linked-list.ts"

describe("LinkedList", () => {
  it("keeps the order of its members, whichever is removed", () => {
    const list = new LinkedList<number>()
    const links = [1, 2, 3, 4, 5].map((value) => list.push(value))
    for (const [at, rest] of [
      [2, [1, 2, 4, 5]],
      [0, [2, 4, 5]],
      [4, [2, 4]],
    ] as const) {
      list.remove(links[at])
      expect(list.values()).toEqual(rest)
      expect([list.first, list.size]).toEqual([rest[0], rest.length])
    }
    list.push(6)
    expect(list.values()).toEqual([2, 4, 6])
    for (const link of [links[1], links[3]]) list.remove(link)
    expect([list.first, list.size]).toEqual([6, 1])
  })

  it("leaves a removed link without neighbours, so that it keeps nothing in memory", () => {
    const list = new LinkedList<number>()
    const links = [1, 2, 3].map((value) => list.push(value))
    list.remove(links[1])
    expect([links[1].before, links[1].after]).toEqual([null, null])
  })
})
