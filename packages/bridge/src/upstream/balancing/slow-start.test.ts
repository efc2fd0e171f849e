import { expect, it } from "vitest"
import { candidate } from "../../../test/support/candidates.ts"
import { slowStartFactor } from "./slow-start.ts"

it.each([
  [0, 0.1],
  [500, 0.1],
  [6_000, 0.1],
  [15_000, 0.25],
  [30_000, 0.5],
  [59_999, 0.99998],
  [60_000, 1],
  [1e9, 1],
  [-5, 0.1],
])("%d ms after it became ready an endpoint has the factor %d of its weight", (sinceMs, factor) => {
  expect(slowStartFactor(candidate("a", { readySinceMs: 7 }), 60_000, 7 + sinceMs)).toBeCloseTo(factor, 4)
})

it("there is no slow start if its time is 0", () => {
  expect(slowStartFactor(candidate("a", { readySinceMs: 1_000 }), 0, 0)).toBe(1)
})
