import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { TokenBucket } from "./token-bucket.ts"

describe("the retry budget", () => {
  it("allows retries until half of the tokens are gone", () => {
    const config = { maxTokens: 10, tokenRatio: 0.1 }
    const bucket = new TokenBucket()
    const allowed = Array.from({ length: 6 }, () => {
      bucket.failed(config)
      return bucket.mayRetry(config)
    })
    expect(allowed).toEqual([true, true, true, true, false, false])
  })

  it("allows them again once successes have given enough back", () => {
    const config = { maxTokens: 10, tokenRatio: 0.5 }
    const bucket = new TokenBucket()
    for (let i = 0; i < 6; i++) bucket.failed(config)
    bucket.succeeded(config)
    bucket.succeeded(config)
    expect(bucket.mayRetry(config)).toBe(false)
    bucket.succeeded(config)
    expect(bucket.mayRetry(config)).toBe(true)
  })

  it("never lacks more tokens than the largest maximum, nor has more than it", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.boolean()), { maxLength: 200 }), (results) => {
        const bucket = new TokenBucket()
        for (const [isSuccess, isSmall] of results) {
          const config = { maxTokens: isSmall ? 4 : 10, tokenRatio: 0.3 }
          if (isSuccess) bucket.succeeded(config)
          else bucket.failed(config)
          expect(bucket.spent).toBeGreaterThanOrEqual(0)
          expect(bucket.spent).toBeLessThanOrEqual(10)
        }
      }),
    )
  })

  it("is judged by each route by its own settings", () => {
    const small = { maxTokens: 4, tokenRatio: 0.1 }
    const large = { maxTokens: 100, tokenRatio: 0.1 }
    const bucket = new TokenBucket()
    for (let i = 0; i < 10; i++) bucket.failed(large)
    bucket.failed(small)
    expect(bucket.spent).toBe(10)
    expect([bucket.mayRetry(small), bucket.mayRetry(large)]).toEqual([false, true])
  })
})
