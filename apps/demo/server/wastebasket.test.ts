import { expect, it } from "vitest"

import type { StoredUser } from "./user-store.ts"
import { Wastebasket } from "./wastebasket.ts"

const user = (id: string) => ({ id }) as StoredUser

it("a wastebasket keeps a user for ten minutes", () => {
  let nowMs = 0
  const deleted = new Wastebasket(() => nowMs)
  deleted.put(user("usr_1"))
  nowMs = 599_999
  expect(deleted.get("usr_1")).toEqual(user("usr_1"))
  nowMs = 600_000
  expect(deleted.get("usr_1")).toBeNull()
  expect(deleted.get("usr_2")).toBeNull()
})

it("a wastebasket holds a thousand users, and forgets the first of more", () => {
  const deleted = new Wastebasket(() => 0)
  for (let index = 0; index <= 1000; index += 1) deleted.put(user(`usr_${index}`))
  expect(deleted.get("usr_0")).toBeNull()
  expect(deleted.get("usr_1")).toEqual(user("usr_1"))
  expect(deleted.get("usr_1000")).toEqual(user("usr_1000"))
})

it("a wastebasket no longer has what was taken out of it", () => {
  const deleted = new Wastebasket(() => 0)
  deleted.put(user("usr_1"))
  deleted.remove("usr_1")
  expect(deleted.get("usr_1")).toBeNull()
})
