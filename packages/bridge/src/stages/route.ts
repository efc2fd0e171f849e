import type { Metadata } from "@causeway/protocol"
import type { Call, Handler, Routed } from "../core/call.ts"
import type { Route } from "../core/route.ts"
import type { Tally } from "../core/tally.ts"
import { withRoute } from "../core/call.ts"
import { BridgeError } from "../core/errors.ts"
import type { HashSource } from "../core/hash-source.ts"
import { hashOfSource } from "../core/hash-source.ts"
import type { Reply } from "../core/reply.ts"
import type { MetadataEdit } from "../routing/edit-metadata.ts"
import { noRouteTakes, notAMethod } from "../routing/explain.ts"
import type { RouteTable } from "../routing/route-table.ts"
import { pathWithoutPrefix } from "../routing/route-table.ts"
import type { Split } from "../routing/split.ts"

/** The routes of one configuration. */
export interface Router {
  readonly table: RouteTable
  /** The target of each route, in the order of the table. */
  readonly targets: readonly RouteTarget[]
}

/** The place where a route leads. `tallies` counts its calls: one for each upstream, or one for the answer. */
export type RouteTarget =
  | {
      readonly kind: "route"
      readonly route: Route
      readonly edit: MetadataEdit | null
      readonly tallies: readonly Tally[]
    }
  /** Calls are spread over upstreams by their weights. `sticky`: the part of a call that always leads to the same upstream. */
  | {
      readonly kind: "split"
      readonly routes: readonly Route[]
      readonly split: Split
      readonly sticky: HashSource | null
      readonly edit: MetadataEdit | null
      readonly tallies: readonly Tally[]
    }
  | { readonly kind: "answer"; readonly name: string; readonly reply: Reply; readonly tallies: readonly Tally[] }

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
    if (target.kind === "answer") {
      call.record.route = target.name
      count(call, target.tallies[0])
      return Promise.resolve(target.reply)
    }
    const index = target.kind === "route" ? 0 : choose(target, call)
    const chosen = target.kind === "route" ? target.route : target.routes[index]
    const { edit, tallies } = target
    count(call, tallies[index])
    call.record.route = chosen.name
    call.record.upstream = chosen.upstream.name
    const metadata = edit === null ? call.metadata : edited(call.metadata, edit)
    return next(withRoute(call, chosen, pathWithoutPrefix(found, call.path), metadata))
  }
}

/** Counts the call, now and when it ends. */
function count({ record }: Call, tally: Tally): void {
  tally.calls++
  record.tally = tally
}

/** The index of the upstream that gets the call. */
function choose({ split, sticky }: Extract<RouteTarget, { kind: "split" }>, call: Call): number {
  const hash = sticky === null ? null : hashOfSource(sticky, call)
  return hash === null ? split.byRandom(Math.random()) : split.byHash(hash)
}

function edited(metadata: Metadata, edit: MetadataEdit): Metadata {
  const missing = edit.missing(metadata)
  if (missing === null) return edit.apply(metadata)
  throw new BridgeError(
    "missing-metadata",
    `The call has no field ${missing}, which its route requires; set it in the client's headers`,
  )
}
