import { Code } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"
import { retryPolicy } from "./retry-policy.ts"

describe("a retry policy", () => {
  it("has a default for every omitted field except mayRepeat", () => {
    expect(retryPolicy({})).toEqual({
      maxAttempts: 3,
      initialBackoffMs: 200,
      maxBackoffMs: 5_000,
      backoffMultiplier: 2,
      retryableCodes: [Code.Unavailable],
      mayRepeat: undefined,
    })
  })

  it("allows at most five attempts, as in gRPC, even if successes of other calls keep the budget open", () => {
    expect(retryPolicy({ maxAttempts: 50 }).maxAttempts).toBe(5)
  })
})
