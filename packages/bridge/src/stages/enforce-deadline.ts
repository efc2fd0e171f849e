import type { Handler, Routed, Timed } from "../core/call.ts"
import { withDeadline } from "../core/call.ts"
import { BridgeError } from "../core/errors.ts"

/** The longest delay of setTimeout. For a later deadline the timer is set again. */
const maxTimerMs = 2 ** 31 - 1

/**
 * Ends the call with DEADLINE_EXCEEDED at the client's deadline, while it is queued, connecting or waiting for the backend. The
 * backend gets the remaining time too, but we do not rely on it: grpc-go may reset the stream at its deadline.
 */
export function enforceDeadline(next: Handler<Timed>): Handler<Routed> {
  return (call) => {
    const { clientDeadline } = call
    if (clientDeadline !== Infinity) armTimer(call)
    return next(withDeadline(call, clientDeadline))
  }
}

function armTimer(call: Routed): void {
  const remaining = call.clientDeadline - performance.now()
  if (remaining <= 0) throw deadlineExceeded(call)
  let timer = setTimeout(expire, Math.min(remaining, maxTimerMs))
  call.onEnd(() => clearTimeout(timer))

  function expire(): void {
    try {
      const left = call.clientDeadline - performance.now()
      // Node's timers have whole milliseconds and may fire a little early.
      if (left > 1) timer = setTimeout(expire, Math.min(left, maxTimerMs))
      else call.fail(deadlineExceeded(call))
    } catch (cause) {
      call.crashed("deadline", cause)
    }
  }
}

function deadlineExceeded(call: Routed): BridgeError {
  const ms = Math.round(call.clientDeadline - call.record.startedAt)
  return new BridgeError(
    "deadline-exceeded",
    `The call's deadline of ${ms} ms passed before the backend had answered in full`,
  )
}
