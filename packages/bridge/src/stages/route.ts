import type { Metadata } from "@causeway/protocol"
import type { Handler, Route, Routed } from "../core/call.ts"
import { withRoute } from "../core/call.ts"
import { BridgeError } from "../core/errors.ts"
import type { Reply } from "../core/reply.ts"
import type { MetadataEdit } from "../routing/edit-metadata.ts"
import { noRouteTakes, notAMethod } from "../routing/explain.ts"
import type { RouteTable } from "../routing/route-table.ts"
import { pathWithoutPrefix } from "../routing/route-table.ts"

/** The routes of one configuration. */
export interface Router {
  readonly table: RouteTable
  /** The target of each route, in the order of the table. */
  readonly targets: readonly RouteTarget[]
}

/** The place where a route leads. */
export type RouteTarget =
  | { readonly kind: "route"; readonly route: Route; readonly edit: MetadataEdit | null }
  | { readonly kind: "answer"; readonly reply: Reply }

/**
 * Chooses the backend of a call, without side effects. The stages inside decide everything that depends on the route (limits,
 * timeouts, policy).
 */
export function route({ table, targets }: Router, next: Handler<Routed>): Handler {
  return (call) => {
    const found = table.match(call)
    if (found.kind !== "route") {
      const message = found.kind === "noMethod" ? notAMethod(call.path, table) : noRouteTakes(call.path)
      throw new BridgeError("unknown-route", message)
    }
    const target = targets[found.index]
    if (target.kind === "answer") return Promise.resolve(target.reply)
    const { route: chosen, edit } = target
    call.record.upstream = chosen.upstream.name
    const metadata = edit === null ? call.metadata : edited(call.metadata, edit)
    return next(withRoute(call, chosen, pathWithoutPrefix(found, call.path), metadata))
  }
}

function edited(metadata: Metadata, edit: MetadataEdit): Metadata {
  const missing = edit.missing(metadata)
  if (missing === null) return edit.apply(metadata)
  throw new BridgeError(
    "missing-metadata",
    `The call has no field ${missing}, which its route requires; set it in the client's headers`,
  )
}
