import { describe, expect, it } from "vitest"

import { backoffMs } from "./backoff.ts"

describe("backoffMs", () => {
  it("doubles its ceiling with each failure, up to 15 s", () => {
    const ceilings = [1, 2, 3, 4, 5, 6, 100].map((failures) => backoffMs(failures, () => 1))
    expect(ceilings).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000])
  })

  it("is anywhere below the ceiling, but never so short that the server is hammered", () => {
    expect(backoffMs(4, () => 0.5)).toBe(4_000)
    expect(backoffMs(4, () => 0)).toBe(250)
  })
})
