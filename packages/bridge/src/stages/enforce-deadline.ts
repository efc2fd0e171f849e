import type { Handler, Routed, Timed } from "../core/call.ts"
import { withDeadline } from "../core/call.ts"
import { BridgeError } from "../core/errors.ts"

/** The longest delay of setTimeout. For a later deadline the timer is set again. */
const maxTimerMs = 2 ** 31 - 1

/**
 * Ends the call with DEADLINE_EXCEEDED at its deadline, while it is queued, connecting or waiting for the backend: at the client's
 * deadline, the route's default if the client gives none, or the route's maximum if that comes first. The backend gets the
 * remaining time too, but we do not rely on it: grpc-go may reset the stream at its deadline. It is not told of the maximum,
 * which only shortens what others have agreed on.
 */
export function enforceDeadline(next: Handler<Timed>): Handler<Routed> {
  return (call) => {
    const { clientDeadline, record } = call
    const { maxMs, defaultMs } = call.route.timeouts
    const deadline = clientDeadline === Infinity && defaultMs !== null ? record.startedAt + defaultMs : clientDeadline
    const limit = maxMs === null ? Infinity : record.startedAt + maxMs
    if (limit < deadline) armTimer(call, limit, "time limit of this route")
    else if (deadline !== Infinity)
      armTimer(call, deadline, clientDeadline === deadline ? "call's deadline" : "default deadline of this route")
    return next(withDeadline(call, deadline))
  }
}

function armTimer(call: Routed, end: number, words: string): void {
  const remaining = end - performance.now()
  if (remaining <= 0) throw deadlineExceeded(call, end, words)
  let timer = setTimeout(expire, Math.min(remaining, maxTimerMs))
  call.onEnd(() => clearTimeout(timer))

  function expire(): void {
    try {
      const left = end - performance.now()
      // Node's timers have whole milliseconds and may fire a little early.
      if (left > 1) timer = setTimeout(expire, Math.min(left, maxTimerMs))
      else call.fail(deadlineExceeded(call, end, words))
    } catch (cause) {
      call.crashed("deadline", cause)
    }
  }
}

function deadlineExceeded(call: Routed, end: number, words: string): BridgeError {
  const ms = Math.round(end - call.record.startedAt)
  return new BridgeError("deadline-exceeded", `The ${words}, ${ms} ms, passed before the backend had answered in full`)
}
