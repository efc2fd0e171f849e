import type { HashSource } from "../core/hash-source.ts"
import type { HedgingConfig, RetryConfig } from "../core/retry-config.ts"
import type { Wire } from "../core/wire.ts"

/** One route. Routes are ordered: the first that matches takes the call. */
export interface RouteConfig {
  readonly name: string
  readonly match: RouteMatch
  readonly action: RouteAction
  readonly timeouts: RouteTimeouts
  /** At most one of `retry` and `hedging` is set. */
  readonly retry: RetryConfig | null
  readonly hedging: HedgingConfig | null
  readonly limits: RouteLimits
  readonly metadata: RouteMetadata
  /** Start of the path, such as `/api`, that is cut off before the method is read. */
  readonly stripPrefix: string | null
  /** `:authority` of calls to the backend. Null: the upstream's. */
  readonly host: string | null
  /** Null: no call is copied. */
  readonly mirror: MirrorConfig | null
}

/** A second upstream, which gets copies of the calls. Its answers are dropped. */
export interface MirrorConfig {
  readonly upstream: string
  /** Percentage of the calls that are copied, 0 to 100. */
  readonly percent: number
}

/** Conditions of a route. All must hold; null or an empty list always holds. */
export interface RouteMatch {
  /** `package.Service`, or a pattern with `*`. */
  readonly service: string | null
  /** `Method`, or a pattern with `*`. */
  readonly method: string | null
  readonly headers: readonly HeaderMatch[]
  /** Origins of pages. */
  readonly origins: readonly string[]
  readonly wires: readonly Wire[]
}

/** A condition on one request field. */
export type HeaderMatch =
  | { readonly kind: "exact"; readonly name: string; readonly value: string }
  | { readonly kind: "prefix"; readonly name: string; readonly value: string }
  | { readonly kind: "present"; readonly name: string; readonly isPresent: boolean }
  | { readonly kind: "regex"; readonly name: string; readonly source: string }

/** What becomes of a call on this route. */
export type RouteAction =
  | { readonly kind: "upstream"; readonly upstream: string }
  | { readonly kind: "split"; readonly upstreams: readonly WeightedUpstream[]; readonly sticky: HashSource | null }
  | { readonly kind: "answer"; readonly code: number; readonly message: string; readonly retryAfterMs: number | null }

/** An upstream's share of a route. */
export interface WeightedUpstream {
  readonly upstream: string
  /** 0 and up; at least one of a split is above 0. */
  readonly weight: number
}

/** Deadlines of a route, in milliseconds. Null: none. */
export interface RouteTimeouts {
  /** Longest time that a client may ask for. A call without a deadline gets it too. */
  readonly maxMs: number | null
  /** Deadline of a call whose client gives none. */
  readonly defaultMs: number | null
}

/** Limits of a route. Null: the bridge's own. */
export interface RouteLimits {
  readonly maxRequestMessageBytes: number | null
  readonly maxReplyMessageBytes: number | null
}

/** Changes to the metadata of a call. */
export interface RouteMetadata {
  /** Replaces what the client sent under these names. */
  readonly add: readonly (readonly [string, string])[]
  readonly remove: readonly string[]
  /** A call without one of these fields is refused. */
  readonly require: readonly string[]
}
