import type { HashSource } from "./hash-source.ts"
import type { HedgingConfig, RetryConfig } from "./retry-config.ts"
import type { Upstream } from "./upstream.ts"

/** The backend of a call, and the settings that depend on it. */
export interface Route {
  /** For logs. */
  readonly name: string
  readonly upstream: Upstream
  /** The part of a call whose hash chooses its endpoint. Null: the endpoint does not depend on the call. */
  readonly hash: HashSource | null
  /** Longest messages of the route, in bytes. Null: the bridge's limits. */
  readonly maxRequestMessageBytes: number | null
  readonly maxReplyMessageBytes: number | null
  /** `:authority` of requests to the backend. Null: the endpoint's own. */
  readonly host: string | null
  /** The backend's cookies reach the browser. */
  readonly passesCookies: boolean
  readonly timeouts: RouteTimeLimits
  /** Null: the bridge repeats no attempt that a backend may have seen. */
  readonly retry: RetryConfig | null
  /** Null: no two attempts of a call run at the same time. At most one of `retry` and `hedging` is set. */
  readonly hedging: HedgingConfig | null
  /** Null: no call is copied. */
  readonly mirror: RouteMirror | null
}

/** A second upstream, which gets copies of a route's calls. Nobody waits for its answers. */
export interface RouteMirror {
  readonly upstream: Upstream
  /** The part of a call whose hash chooses the endpoint of its copy. Null: the endpoint does not depend on the call. */
  readonly hash: HashSource | null
  /** Share of the calls that are copied, 0 to 1. */
  readonly share: number
}

/** Time limits of a route, in milliseconds from the start of a call. */
export interface RouteTimeLimits {
  /** The call ends then, whatever its deadline is. The backend is not told. Null: never. */
  readonly maxMs: number | null
  /** Deadline of a call whose client gives none. Null: none. */
  readonly defaultMs: number | null
}
