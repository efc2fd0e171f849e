import { UserOrder } from "@causeway/proto/api/v1/user_pb"
import { describe, expect, it } from "vitest"

import { firstPage, formatRange, pageToken, type PagingStep, step } from "./paging.ts"

const next = (token: string): PagingStep => ({ kind: "next", token })
const after = (...steps: PagingStep[]) => steps.reduce(step, firstPage)
const thirdPage = after(next("b"), next("c"))

describe("step", () => {
  it("goes forward by the server's tokens and back by those it has kept", () => {
    expect(pageToken(thirdPage)).toBe("c")
    expect(pageToken(step(thirdPage, { kind: "previous" }))).toBe("b")
    expect(pageToken(after(next("b"), { kind: "previous" }))).toBe("")
  })

  it("begins at the first page of a new filter or order: a token holds only for its own", () => {
    expect(step(thirdPage, { kind: "search", filter: "ada" })).toMatchObject({ filter: "ada", tokens: [""] })
    expect(step(thirdPage, { kind: "sort", order: UserOrder.EMAIL })).toMatchObject({
      order: UserOrder.EMAIL,
      tokens: [""],
    })
  })

  it("keeps filter and order while it turns pages", () => {
    const found = after({ kind: "search", filter: " ada " }, { kind: "sort", order: UserOrder.NEWEST }, next("b"))
    expect(found).toEqual({ filter: "ada", order: UserOrder.NEWEST, tokens: ["", "b"] })
  })

  it.each<[string, PagingStep]>([
    ["the same filter", { kind: "search", filter: "  " }],
    ["the same order", { kind: "sort", order: UserOrder.DISPLAY_NAME }],
    ["back from the first page", { kind: "previous" }],
    ["forward from the last page", next("")],
  ])("changes nothing, and so asks for nothing: %s", (_, taken) => {
    expect(step(firstPage, taken)).toBe(firstPage)
  })
})

describe("formatRange", () => {
  const users = (count: number) => Array.from<never>({ length: count })

  it("counts from the pages before", () => {
    expect(formatRange(firstPage, 20, { users: users(20), totalSize: 312n })).toBe("1–20 of 312")
    expect(formatRange(thirdPage, 20, { users: users(3), totalSize: 43n })).toBe("41–43 of 43")
  })

  it("says so when there is nobody", () => {
    expect(formatRange(firstPage, 20, { users: [], totalSize: 0n })).toBe("0 of 0")
  })
})
