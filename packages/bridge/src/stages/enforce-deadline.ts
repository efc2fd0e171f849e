import type { Handler, Routed, Timed } from "../core/call.ts"
import { withDeadline } from "../core/call.ts"
import { BridgeError } from "../core/errors.ts"

/** setTimeout's longest; a later deadline is looked at again then. */
const maxTimerMs = 2 ** 31 - 1

/**
 * Ends the call with DEADLINE_EXCEEDED when the client's time is over, whatever waits for whatever: queue, connection, backend.
 * The backend is told the remaining time, but its word is not waited for: grpc-go may reset the stream at its deadline.
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
      // Node's timers keep whole milliseconds and may fire a little early.
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
