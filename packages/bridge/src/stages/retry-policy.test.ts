import { Code } from "@causeway/protocol"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { RetryConfig } from "../core/retry-config.ts"
import type { RetryBudget } from "../core/upstream.ts"
import type { FailedAttempt } from "./retry-policy.ts"
import { backoffMs, decideRetry, parsePushback } from "./retry-policy.ts"

const config: RetryConfig = {
  maxAttempts: 3,
  initialBackoffMs: 100,
  maxBackoffMs: 1_000,
  backoffMultiplier: 2,
  codes: [Code.Unavailable],
  perAttemptMs: null,
  budget: { maxTokens: 10, tokenRatio: 0.1 },
}

function budget(mayRetry = true): RetryBudget & { failures: number } {
  return {
    failures: 0,
    mayRetry: () => mayRetry,
    succeeded() {},
    failed() {
      this.failures++
    },
  }
}

const first: FailedAttempt = { attempts: 1, backoffs: 0, code: Code.Unavailable, pushback: null }
const middle = (): number => 0.5

describe("a failed attempt", () => {
  it("is repeated after the back-off, and counts in the budget", () => {
    const tokens = budget()
    expect(decideRetry(first, config, tokens, middle)).toEqual({ kind: "retry", delayMs: 100, isPushback: false })
    expect(tokens.failures).toBe(1)
  })

  it("is not repeated if its status is not listed, and does not count", () => {
    const tokens = budget()
    const attempt = { ...first, code: Code.InvalidArgument }
    expect(decideRetry(attempt, config, tokens, middle)).toEqual({ kind: "stop", why: "status-not-retried" })
    expect(tokens.failures).toBe(0)
  })

  it("is not repeated after the last attempt, and counts", () => {
    const tokens = budget()
    const attempt = { ...first, attempts: 3 }
    expect(decideRetry(attempt, config, tokens, middle)).toEqual({ kind: "stop", why: "attempts-used-up" })
    expect(tokens.failures).toBe(1)
  })

  it("is not repeated while the budget allows none", () => {
    expect(decideRetry(first, config, budget(false), middle)).toEqual({ kind: "stop", why: "retry-budget-exhausted" })
  })

  it("is repeated after the time that the backend asks for", () => {
    const attempt = { ...first, pushback: "2500" }
    expect(decideRetry(attempt, config, budget(), middle)).toEqual({ kind: "retry", delayMs: 2_500, isPushback: true })
  })

  it.each(["-1", "soon", "", "1.5", "007", "2147483648", "1, 2"])(
    "is not repeated if the backend pushes back with %j, whatever the status is",
    (pushback) => {
      const tokens = budget()
      for (const code of config.codes.concat(Code.Internal)) {
        const decision = decideRetry({ ...first, code, pushback }, config, tokens, middle)
        expect(decision).toEqual({ kind: "stop", why: "pushback" })
      }
      expect(tokens.failures).toBe(2)
    },
  )

  it("is not repeated for a pushback with a time if its status is not listed", () => {
    const attempt = { ...first, code: Code.Internal, pushback: "10" }
    expect(decideRetry(attempt, config, budget(), middle).kind).toBe("stop")
  })
})

describe("the pushback", () => {
  it("is any number of milliseconds that fits 32 bits", () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), (ms) => parsePushback(String(ms)) === ms))
    fc.assert(fc.property(fc.integer({ max: -1 }), (ms) => parsePushback(String(ms)) === null))
  })
})

describe("the back-off", () => {
  it("doubles up to its maximum, with a jitter of a fifth", () => {
    for (const [random, factor] of [
      [0, 0.8],
      [0.5, 1],
      [1, 1.2],
    ]) {
      const pauses = [0, 1, 2, 3, 4, 50].map((count) => backoffMs(count, config, () => random))
      expect(pauses).toEqual([100, 200, 400, 800, 1_000, 1_000].map((ms) => expect.closeTo(ms * factor, 6)))
    }
  })
})
