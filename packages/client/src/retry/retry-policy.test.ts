import { Code } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"
import { retryPolicy } from "./retry-policy.ts"

describe("a retry policy", () => {
  it("has a default for all that it leaves out, but for whether a method may run twice", () => {
    expect(retryPolicy({})).toEqual({
      maxAttempts: 3,
      initialBackoffMs: 200,
      maxBackoffMs: 5_000,
      backoffMultiplier: 2,
      retryableCodes: [Code.Unavailable],
      mayRepeat: undefined,
    })
  })

  it("has no more than five attempts, as in gRPC, where successes of other calls would keep the budget open", () => {
    expect(retryPolicy({ maxAttempts: 50 }).maxAttempts).toBe(5)
  })
})
