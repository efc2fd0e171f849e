import type { Handler, Timed } from "../core/call.ts"
import { BridgeError } from "../core/errors.ts"

/** Limit of the request bytes that are kept for another attempt. */
const maxKeptBytes = 65_536
const maxAttempts = 5

/**
 * Repeats an attempt that the backend's application never saw (GOAWAY, REFUSED_STREAM). Nothing can happen twice, so no policy is
 * needed (gRFC A6, transparent retry). All other repetition is left to the client.
 */
export function retryRefused(next: Handler<Timed>): Handler<Timed> {
  return async (call) => {
    call.request.keep(maxKeptBytes)
    for (let attempt = 1; ; attempt++) {
      try {
        const reply = await next(call)
        call.request.commit()
        return reply
      } catch (error) {
        const isSafe = error instanceof BridgeError && error.reason === "backend-refused"
        if (!isSafe || attempt === maxAttempts || !call.request.canReplay) throw error
        call.request.detach()
      }
    }
  }
}
