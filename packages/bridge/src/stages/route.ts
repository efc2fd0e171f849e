import type { Handler, Route, Routed } from "../core/call.ts"
import { withRoute } from "../core/call.ts"
import { BridgeError } from "../core/errors.ts"

/** A method's path: `/package.Service/Method`, case-sensitive (PROTOCOL-HTTP2). */
const methodPath = /^\/[^/\s]+\/[^/\s]+$/

/** Finds where a call goes. Pure: what hangs on the route (limits, timeouts, policy) is decided by the stages inside. */
export function route(onlyRoute: Route, next: Handler<Routed>): Handler {
  return (call) => {
    if (!methodPath.test(call.path)) {
      const got = call.path.slice(0, 200)
      throw new BridgeError("unknown-route", `${got} names no gRPC method; /package.Service/Method is expected`)
    }
    call.record.upstream = onlyRoute.upstream.name
    return next(withRoute(call, onlyRoute))
  }
}
