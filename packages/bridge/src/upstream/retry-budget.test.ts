import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { RetryBudget } from "./retry-budget.ts"

describe("the retry budget", () => {
  it("allows retries until half of the tokens are gone", () => {
    const budget = new RetryBudget({ maxTokens: 10, tokenRatio: 0.1 })
    const allowed = Array.from({ length: 6 }, () => {
      budget.failed()
      return budget.mayRetry
    })
    expect(allowed).toEqual([true, true, true, true, false, false])
  })

  it("allows them again once successes have given enough back", () => {
    const budget = new RetryBudget({ maxTokens: 10, tokenRatio: 0.5 })
    for (let i = 0; i < 6; i++) budget.failed()
    budget.succeeded()
    budget.succeeded()
    expect(budget.mayRetry).toBe(false)
    budget.succeeded()
    expect(budget.mayRetry).toBe(true)
  })

  it("keeps its tokens between 0 and the maximum", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (results) => {
        const budget = new RetryBudget({ maxTokens: 10, tokenRatio: 0.3 })
        for (const isSuccess of results) {
          if (isSuccess) budget.succeeded()
          else budget.failed()
          expect(budget.tokens).toBeGreaterThanOrEqual(0)
          expect(budget.tokens).toBeLessThanOrEqual(10)
        }
      }),
    )
  })

  it("keeps the share of its tokens when its settings change", () => {
    const budget = new RetryBudget({ maxTokens: 10, tokenRatio: 0.1 })
    for (let i = 0; i < 4; i++) budget.failed()
    budget.configure({ maxTokens: 100, tokenRatio: 0.1 })
    expect(budget.tokens).toBe(60)
    expect(budget.mayRetry).toBe(true)
  })
})
