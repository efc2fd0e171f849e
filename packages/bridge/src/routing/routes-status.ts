import { codeName } from "@causeway/protocol"
import type { HashSource } from "../core/hash-source.ts"
import { matchInWords } from "./match-words.ts"
import type { MirrorConfig, RouteAction, WeightedUpstream } from "./route-config.ts"
import type { RouteCounts } from "./route-counts.ts"
import type { CompiledRoute } from "./route-table.ts"

/** The routes in force, as `GET /routes` of the admin port shows them. */
export interface RoutesStatus {
  /** In the order in which they are tried: the first that matches takes a call. */
  readonly routes: readonly RouteStatus[]
}

/** One route. */
export interface RouteStatus {
  readonly name: string
  /** The conditions in words, such as `the service is a.B and x-version is "v2"`; `every call` if there is none. */
  readonly match: string
  /**
   * Calls that took the route since the start of the bridge, or since a configuration first had a route with this name. A reload
   * does not set it back.
   */
  readonly calls: number
  readonly target: RouteTargetStatus
  /** The upstream that gets copies of the calls, and the percentage of calls that are copied. Null: none are. */
  readonly mirror: MirrorConfig | null
}

/** The place where a route leads. */
export type RouteTargetStatus =
  /** `upstreams` has one member. */
  | { readonly kind: "upstream"; readonly upstreams: readonly RouteUpstreamStatus[] }
  | {
      readonly kind: "split"
      readonly upstreams: readonly RouteUpstreamStatus[]
      /** The part of a call that always leads to the same upstream. Null: each call is divided anew. */
      readonly sticky: { readonly kind: "header" | "cookie"; readonly name: string } | null
    }
  /** The bridge answers by itself; `upstreams` is empty. */
  | { readonly kind: "answer"; readonly upstreams: readonly []; readonly answer: RouteAnswerStatus }

/** An upstream of a route. */
export interface RouteUpstreamStatus {
  /** The name that `/upstreams` shows too. */
  readonly name: string
  /** As configured; 1 if it is the only upstream. */
  readonly weight: number
  /** Its share of the route's new calls by the weights, 0 to 1. */
  readonly share: number
  /** Calls of this route for which it was chosen, counted like those of the route. */
  readonly calls: number
}

/** The answer of a route that needs no upstream. */
export interface RouteAnswerStatus {
  /** gRPC status code. */
  readonly code: number
  /** Its name, such as `UNAVAILABLE`. */
  readonly status: string
  readonly message: string
  /** The `retry-after` field. Null: there is none. */
  readonly retryAfterSeconds: number | null
}

/** Describes the routes. `counts` are in their order. */
export function routesStatus(routes: readonly CompiledRoute[], counts: readonly RouteCounts[]): RoutesStatus {
  return { routes: routes.map((route, i) => routeStatus(route, counts[i])) }
}

function routeStatus(route: CompiledRoute, { tallies, callsBefore }: RouteCounts): RouteStatus {
  const { name, action, mirror } = route.config
  const callsOf = tallies.map(({ calls }) => calls)
  const calls = callsOf.reduce((sum, some) => sum + some, callsBefore)
  return { name, match: matchInWords(route), calls, target: targetStatus(action, callsOf), mirror }
}

function targetStatus(action: RouteAction, calls: readonly number[]): RouteTargetStatus {
  switch (action.kind) {
    case "upstream":
      return { kind: "upstream", upstreams: sharesOf([{ upstream: action.upstream, weight: 1 }], calls) }
    case "split":
      return { kind: "split", upstreams: sharesOf(action.upstreams, calls), sticky: stickyStatus(action.sticky) }
    case "answer": {
      const { code, message, retryAfterMs } = action
      const retryAfterSeconds = retryAfterMs === null ? null : Math.ceil(retryAfterMs / 1_000)
      return { kind: "answer", upstreams: [], answer: { code, status: codeName(code), message, retryAfterSeconds } }
    }
  }
}

function sharesOf(upstreams: readonly WeightedUpstream[], calls: readonly number[]): RouteUpstreamStatus[] {
  const total = upstreams.reduce((sum, { weight }) => sum + weight, 0)
  return upstreams.map(({ upstream, weight }, i) => ({
    name: upstream,
    weight,
    share: weight / total,
    calls: calls[i],
  }))
}

function stickyStatus(sticky: HashSource | null): { kind: "header" | "cookie"; name: string } | null {
  return sticky === null ? null : { kind: sticky.kind, name: sticky.name }
}
