import type { Handler, Route, Routed } from "../core/call.ts"
import { withRoute } from "../core/call.ts"
import { BridgeError } from "../core/errors.ts"

/**
 * A method's path: `/package.Service/Method`, case-sensitive (PROTOCOL-HTTP2), in the characters of a URI's path segments (RFC
 * 3986 §3.3). It goes to the backend as it came. Two proxies could read two paths out of a dot segment, a backslash, or a
 * delimiter that is percent-encoded, so none of these names a method.
 */
const methodPath = /^\/(?!\.\.?\/)[\w.~!$&'()*+,;=:@%-]+\/(?!\.\.?$)[\w.~!$&'()*+,;=:@%-]+$/
/** Percent signs that stand for `#`, `%`, `.`, `/`, `?`, `\`, a control character, or for nothing. */
const misleadingEscape = /%(?:[01][0-9a-f]|2[35ef]|3f|5c|7f|(?![0-9a-f]{2}))/i

/** Finds where a call goes. Pure: what hangs on the route (limits, timeouts, policy) is decided by the stages inside. */
export function route(onlyRoute: Route, next: Handler<Routed>): Handler {
  return (call) => {
    if (!methodPath.test(call.path) || misleadingEscape.test(call.path)) {
      const got = call.path.slice(0, 200)
      throw new BridgeError("unknown-route", `${got} names no gRPC method; /package.Service/Method is expected`)
    }
    call.record.upstream = onlyRoute.upstream.name
    return next(withRoute(call, onlyRoute))
  }
}
