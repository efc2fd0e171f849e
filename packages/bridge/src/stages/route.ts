import type { Handler, Route, Routed } from "../core/call.ts"
import { withRoute } from "../core/call.ts"
import { BridgeError } from "../core/errors.ts"
import { noRouteTakes, notAMethod } from "../routing/explain.ts"
import type { RouteTable } from "../routing/route-table.ts"
import { pathWithoutPrefix } from "../routing/route-table.ts"

/** The routes of one configuration. */
export interface Router {
  readonly table: RouteTable
  /** The backend of each route, in the order of the table. */
  readonly routes: readonly Route[]
}

/**
 * Chooses the backend of a call, without side effects. The stages inside decide everything that depends on the route (limits,
 * timeouts, policy).
 */
export function route({ table, routes }: Router, next: Handler<Routed>): Handler {
  return (call) => {
    const found = table.match(call)
    if (found.kind !== "route") {
      const message = found.kind === "noMethod" ? notAMethod(call.path, table) : noRouteTakes(call.path)
      throw new BridgeError("unknown-route", message)
    }
    const chosen = routes[found.index]
    call.record.upstream = chosen.upstream.name
    return next(withRoute(call, chosen, pathWithoutPrefix(found, call.path)))
  }
}
