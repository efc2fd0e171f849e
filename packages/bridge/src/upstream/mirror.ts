import type { Handler, Timed } from "../core/call.ts"
import { copyRequest } from "../core/call.ts"
import type { RouteMirror } from "../core/route.ts"
import type { MirrorContext } from "./mirror-context.ts"
import { MirroredCall } from "./mirrored-call.ts"

/**
 * Sends copies of calls to a second upstream, on routes that ask for it (Envoy: request_mirror_policies). The call itself comes first:
 * it has its stream, or its place in the queue, before the copy asks for one. `random` returns at least 0 and less than 1.
 */
export function mirror(
  context: MirrorContext,
  next: Handler<Timed>,
  random: () => number = Math.random,
): Handler<Timed> {
  return (call) => {
    const { mirror: to } = call.route
    if (to === null) return next(call)
    const reply = next(call)
    if (random() < to.share) beginCopy(call, to, context)
    return reply
  }
}

/** A defect here ends the copy alone. */
function beginCopy(call: Timed, to: RouteMirror, context: MirrorContext): void {
  try {
    const copy = new MirroredCall(call, to, context)
    copyRequest(call, copy)
    copy.begin()
    call.onEnd((end) => copy.callEnded(end))
  } catch (cause) {
    context.observer.crashed("mirror", cause, null)
  }
}
