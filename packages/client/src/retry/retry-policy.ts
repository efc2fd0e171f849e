import { Code as Codes } from "@causeway/protocol"
import type { Code } from "@connectrpc/connect"

/** How a method is retried. The names are those of gRPC's `retryPolicy` (gRFC A6), with the unit at their end. */
export interface RetryPolicy {
  /** The most attempts of one call, the first included; 1 is no retry. Above 5 it means 5, as in gRPC. Default: 3. */
  readonly maxAttempts: number
  /** The longest wait before the first retry, in milliseconds. Default: 200. */
  readonly initialBackoffMs: number
  /** The longest wait before any retry, in milliseconds. Default: 5000. */
  readonly maxBackoffMs: number
  /** How many times longer each wait may be than the one before. Default: 2. */
  readonly backoffMultiplier: number
  /** The codes after which a call is tried again (gRPC: `retryableStatusCodes`). Default: UNAVAILABLE alone. */
  readonly retryableCodes: readonly Code[]
  /**
   * Whether the method may be processed twice. Default: what its `.proto` says, which is yes for an `idempotency_level` of
   * NO_SIDE_EFFECTS or IDEMPOTENT. Where not, a call is tried again only if the request provably was not processed.
   */
  readonly mayRepeat?: boolean
}

/** The policy given, with the defaults for what it leaves out. Throws a `TypeError` for one that cannot work. */
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
