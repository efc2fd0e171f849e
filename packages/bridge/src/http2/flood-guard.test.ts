import { describe, expect, it } from "vitest"
import { FloodGuard } from "./flood-guard.ts"

function spendAll(guard: FloodGuard): number {
  let count = 0
  while (guard.spend()) count++
  return count
}

describe("FloodGuard", () => {
  it("lets a thousand frames without use pass, and no more at once", () => {
    expect(spendAll(new FloodGuard(() => 0))).toBe(999)
  })

  it("lets twenty more pass for each second", () => {
    let nowMs = 0
    const guard = new FloodGuard(() => nowMs)
    spendAll(guard)
    nowMs = 10_000
    expect(guard.spend()).toBe(true)
    expect(spendAll(guard)).toBe(199)
  })

  it("lets ten more pass for each call and each DATA frame", () => {
    const guard = new FloodGuard(() => 0)
    for (let i = 0; i < 100_000; i++) {
      if (i % 10 === 0) guard.earn()
      expect(guard.spend()).toBe(true)
    }
  })
})
