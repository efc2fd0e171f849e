import { describe, expect, it } from "vitest"
import { ResetAllowance } from "./reset-allowance.ts"

describe("ResetAllowance", () => {
  it("is used up by 400 resets in a burst, far below the number that backends take for an attack", () => {
    const allowance = new ResetAllowance(() => 0)
    const answers = Array.from({ length: 400 }, () => allowance.spend())
    expect(answers.indexOf(false)).toBe(399)
  })

  it("recovers while nothing is reset, so that slow resets never use it up", () => {
    let now = 0
    const allowance = new ResetAllowance(() => now)
    for (let i = 0; i < 5_000; i++) {
      now += 100 // ten a second
      expect(allowance.spend()).toBe(true)
    }
  })
})
