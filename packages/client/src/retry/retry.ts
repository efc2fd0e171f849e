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

/** The options of `retry`: the policy of all methods, and what differs for some. */
export interface RetryOptions extends Partial<RetryPolicy> {
  /** What is different for a method; the fields that it leaves out are as for all. Default: nothing. */
  readonly forMethod?: (method: DescMethod) => Partial<RetryPolicy> | undefined
  /** A number from 0 to below 1, for the waits. Default: `Math.random`. */
  readonly random?: () => number
  /** Default: the system's. */
  readonly clock?: Clock
}

/**
 * An interceptor that makes a failed call again (gRFC A6): after a wait that is random and may grow, only where the method
 * may be processed twice, only as long as no answer has begun, and only while the origin's budget lasts. The call's deadline
 * and signal hold for all attempts and for the waits between them. The call fails as its last attempt did.
 *
 * A stream has begun to answer when its headers have come. The headers of a unary call come to the caller with its
 * message, and so it may be tried again until both are there.
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
        // How a stream went it says at its end, which may be hours away.
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

/** The request as one of several attempts (gRFC A6): with its number, and what is left of its deadline. */
function numbered<R extends UnaryRequest | StreamRequest>(request: R, previous: number, elapsedMs: number): R {
  if (previous > 0) {
    request.header.set("grpc-previous-rpc-attempts", String(previous))
    shortenTimeout(request.header, elapsedMs)
  }
  return request
}
