import { expect, it } from "vitest"
import { ResetLimit } from "./reset-limit.ts"

it("allows a burst of resets, and then as many as are forgotten", () => {
  let now = 0
  const resets = new ResetLimit(3, 10, () => now)
  expect([resets.spend(), resets.spend(), resets.spend(), resets.spend()]).toEqual([true, true, true, false])
  now += 200 // two are forgotten
  expect([resets.spend(), resets.spend()]).toEqual([true, false])
})
