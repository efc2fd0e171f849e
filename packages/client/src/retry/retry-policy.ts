import { Code as Codes } from "@causeway/protocol"
import type { Code } from "@connectrpc/connect"

/** The retry policy of a method. The names are those of gRPC's `retryPolicy` (gRFC A6), plus the unit. */
export interface RetryPolicy {
  /**
   * The most attempts of one call, including the first; 1 means no retry. Values above 5 mean 5, as in gRPC. Default:
   * 3.
   */
  readonly maxAttempts: number
  /** The longest wait before the first retry, in milliseconds. Default: 200. */
  readonly initialBackoffMs: number
  /** The longest wait before any retry, in milliseconds. Default: 5000. */
  readonly maxBackoffMs: number
  /** The factor by which the longest wait grows after each retry. Default: 2. */
  readonly backoffMultiplier: number
  /** The codes after which a call is retried (gRPC: `retryableStatusCodes`). Default: only UNAVAILABLE. */
  readonly retryableCodes: readonly Code[]
  /**
   * Whether the method may be processed twice. Default: true if the `.proto` sets `idempotency_level` to
   * NO_SIDE_EFFECTS or IDEMPOTENT. If false, a call is retried only if the request provably was not processed.
   */
  readonly mayRepeat?: boolean
}

/** Completes a policy with the defaults. Throws a `TypeError` for unusable values. */
export function retryPolicy(given: Partial<RetryPolicy>): RetryPolicy {
  const { maxAttempts = 3, initialBackoffMs = 200, maxBackoffMs = 5_000, backoffMultiplier = 2 } = given
  const { retryableCodes = [Codes.Unavailable], mayRepeat } = given
  check("maxAttempts", maxAttempts, Number.isInteger(maxAttempts) && maxAttempts > 0, "a whole number above 0")
  for (const [name, value] of Object.entries({ initialBackoffMs, maxBackoffMs, backoffMultiplier })) {
    check(name, value, value > 0 && value < Infinity, "a number above 0")
  }
  const attempts = Math.min(maxAttempts, 5)
  return { maxAttempts: attempts, initialBackoffMs, maxBackoffMs, backoffMultiplier, retryableCodes, mayRepeat }
}

function check(name: string, value: number, isUsable: boolean, due: string): void {
  if (!isUsable) throw new TypeError(`retry: ${name} is ${String(value)}; it must be ${due}`)
}
