import type { DescMethod } from "@bufbuild/protobuf"
import type { Interceptor, StreamRequest, UnaryRequest } from "@connectrpc/connect"
import { abortError } from "../abort-error.ts"
import { systemClock } from "../clock.ts"
import type { Clock } from "../clock.ts"
import { repeatableRequest } from "../repeatable-request.ts"
import { noteAttempts } from "./attempt-count.ts"
import { Attempts } from "./attempts.ts"
import { budgetFor } from "./retry-budget.ts"
import type { RetryBudget } from "./retry-budget.ts"
import { retryPolicy } from "./retry-policy.ts"
import type { RetryPolicy } from "./retry-policy.ts"
import { shortenTimeout } from "./shorten-timeout.ts"

/** The options of `retry`: the policy of all methods, and changes for single methods. */
export interface RetryOptions extends Partial<RetryPolicy> {
  /** Returns the changes of the policy for a method; omitted fields keep the common policy. Default: no changes. */
  readonly forMethod?: (method: DescMethod) => Partial<RetryPolicy> | undefined
  /** A random number from 0 to below 1, for the waits. Default: `Math.random`. */
  readonly random?: () => number
  /** Default: the system clock. */
  readonly clock?: Clock
}

/**
 * An interceptor that retries failed calls (gRFC A6), after a random wait with a growing ceiling. It retries only if
 * the method may be processed twice, no answer has begun, and the retry budget of the origin is not used up. The
 * deadline and the signal of the call cover all attempts and the waits between them. The call fails with the error of
 * its last attempt.
 *
 * The answer of a stream begins with its headers. A unary call delivers headers and message together, so it can be
 * retried until both have arrived.
 *
 * ```ts
 * createTransport({ baseUrl: "/", interceptors: [retry({ maxAttempts: 4 }), auth({ getToken })] })
 * ```
 */
export function retry(options: RetryOptions = {}): Interceptor {
  const { forMethod, random = Math.random, clock = systemClock, ...given } = options
  retryPolicy(given)
  const budgets = new Map<string, RetryBudget>()
  return (next) => async (request) => {
    const { method, signal, url } = request
    const budget = budgetFor(budgets, url)
    const attempts = new Attempts(method, retryPolicy({ ...given, ...forMethod?.(method) }), budget, random)
    const repeatable = repeatableRequest(request)
    const startMs = clock.nowMs()
    for (;;) {
      noteAttempts(signal, attempts.failed + 1)
      try {
        const response = await next(numbered(repeatable.attempt(), attempts.failed, clock.nowMs() - startMs))
        // A stream does not count: its outcome is known only at its end, which may be hours away.
        if (!response.stream) budget.succeeded()
        return response
      } catch (error) {
        if (signal.aborted) throw error
        const waitMs = attempts.fail(error)
        if (waitMs === null || !repeatable.canRepeat) throw error
        await clock.wait(waitMs, signal)
        if (signal.aborted) throw abortError(signal)
      }
    }
  }
}

/** Sets the attempt number and the remaining deadline in the headers of a retried request (gRFC A6). */
function numbered<R extends UnaryRequest | StreamRequest>(request: R, previous: number, elapsedMs: number): R {
  if (previous > 0) {
    request.header.set("grpc-previous-rpc-attempts", String(previous))
    shortenTimeout(request.header, elapsedMs)
  }
  return request
}
