import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { startCountingRuns } from "../../test/support/count-runs.ts"

// Counting begins before the modules are loaded.
const countRuns = startCountingRuns((url) => /\/routing\/regex[^/]*\.ts/.test(url))
const { Regex, regexProblem } = await import("./regex.ts")

describe("Regex", () => {
  it.each([
    "(a+)+",
    "(a|aa)+",
    "(a*)*b",
    "(a|a)*b",
    "(.*)*x",
    "(.*a){6}",
    "(?:a?){20}a{20}",
    "([a-z]+)*[0-9]",
    "((a{1,4}){1,4}){1,4}b",
    "[ab]*a[ab]{20}",
    "(.|[ab])*(a|b)*\\d",
  ])("%s takes steps in proportion to the value's length", (source) => {
    expect(regexProblem(source)).toBeNull()
    const regex = new Regex(source)
    const random = fc.sample(fc.constantFrom("a", "b"), { numRuns: 1 << 16, seed: 1 }).join("")
    for (const value of ["a".repeat(1 << 16), random]) {
      const [quarter, whole] = [1 << 14, 1 << 16].map((length) =>
        countRuns(() => void regex.matches(value.slice(0, length))),
      )
      expect(quarter).toBeGreaterThan(0)
      expect(whole).toBeLessThan(4.5 * quarter + 1_000)
      expect(whole).toBeLessThan(8 * 1_000 * (1 << 16)) // a few blocks for each state and character
    }
  })
})
