import type { Handler, Route, Routed } from "../core/call.ts"
import { withRoute } from "../core/call.ts"
import { BridgeError } from "../core/errors.ts"

/**
 * A method's path: `/package.Service/Method`, case-sensitive (PROTOCOL-HTTP2), in the characters of a URI's path segments (RFC
 * 3986 §3.3). It goes to the backend unchanged. A path with a dot segment, a backslash, or a percent-encoded delimiter names no
 * method, since two proxies could read it as two paths.
 */
const methodPath = /^\/(?!\.\.?\/)[\w.~!$&'()*+,;=:@%-]+\/(?!\.\.?$)[\w.~!$&'()*+,;=:@%-]+$/
/** Percent-encoded `#`, `%`, `.`, `/`, `?`, `\`, control characters, and percent signs without two hex digits. */
const misleadingEscape = /%(?:[01][0-9a-f]|2[35ef]|3f|5c|7f|(?![0-9a-f]{2}))/i

/**
 * Chooses the backend of a call, without side effects. The stages inside decide everything that depends on the route (limits,
 * timeouts, policy).
 */
export function route(onlyRoute: Route, next: Handler<Routed>): Handler {
  return (call) => {
    if (!methodPath.test(call.path) || (call.path.includes("%") && misleadingEscape.test(call.path))) {
      const got = call.path.slice(0, 200)
      throw new BridgeError("unknown-route", `${got} names no gRPC method; /package.Service/Method is expected`)
    }
    call.record.upstream = onlyRoute.upstream.name
    return next(withRoute(call, onlyRoute))
  }
}
