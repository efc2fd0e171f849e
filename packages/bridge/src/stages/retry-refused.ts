import type { Handler, Timed } from "../core/call.ts"
import { BridgeError } from "../core/errors.ts"
import { repeatsOf } from "../core/call-repeats.ts"
import { giveUpAttempt } from "./give-up-attempt.ts"

/** Limit of the request bytes that are kept for another attempt. */
const maxKeptBytes = 65_536
/** Limit of attempts that the backend refused one by one. */
const maxRefused = 5
/** Limit of all attempts. */
const maxAttempts = 100

/**
 * Repeats an attempt that the backend's application never saw (GOAWAY, REFUSED_STREAM). Nothing can happen twice, so no policy is
 * needed (gRFC A6, transparent retry). All other repetition is left to `retry`, and to the client. A call that a GOAWAY left over is repeated
 * more often: when a burst meets connections that take 20 calls each, each of them brings the rest closer to its turn.
 */
export function retryRefused(next: Handler<Timed>): Handler<Timed> {
  return async (call) => {
    call.request.keep(maxKeptBytes)
    let refused = 0
    for (let attempts = 1; ; attempts++) {
      try {
        const reply = await next(call)
        if (reply.kind === "stream") call.request.commit()
        return reply
      } catch (error) {
        const isSafe = error instanceof BridgeError && error.reason === "backend-refused"
        if (!isSafe || !call.request.canReplay) throw error
        if (!error.isLeftOver) refused++
        if (refused === maxRefused || attempts === maxAttempts) throw error
        repeatsOf(call.record).transparentRetries++
        giveUpAttempt(call, error.code, error.reason)
      }
    }
  }
}
