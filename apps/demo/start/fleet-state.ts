/** The bridge's upstreams and routes: the response to `GET /lab/fleet`. */
export type FleetState =
  | { readonly kind: "read"; readonly upstreams: readonly UpstreamView[]; readonly routes: readonly RouteView[] }
  /** `why`: the attempt, its result and the remedy, for a person. */
  | { readonly kind: "unreadable"; readonly why: string }

/** An upstream, as `/upstreams` of the bridge's admin port shows it. */
export interface UpstreamView {
  readonly name: string
  /** Calls that wait for a stream. */
  readonly waiting: number
  readonly callsInFlight: number
  readonly endpoints: readonly EndpointView[]
}

/** One server of an upstream. */
export interface EndpointView {
  readonly address: string
  readonly isHealthy: boolean
  /** The reason for `isHealthy`, in words. */
  readonly why: string
  /** Numbers of connections by state. */
  readonly sessions: { readonly open: number; readonly connecting: number; readonly draining: number }
  readonly streams: number
  /** Streams that the open connections may carry together. */
  readonly streamLimit: number
  /** Age of the oldest open connection. Null: none is open. */
  readonly oldestSessionSeconds: number | null
}

/** A route, as `/routes` of the bridge's admin port shows it. */
export interface RouteView {
  readonly name: string
  /** The conditions in words. */
  readonly match: string
  readonly calls: number
  readonly kind: "upstream" | "split" | "answer"
  /** Where its calls go. Empty: the bridge answers them by itself. */
  readonly upstreams: readonly RouteShare[]
}

/** The part of a route's calls that one upstream gets. */
export interface RouteShare {
  readonly name: string
  readonly weight: number
  /** 0 to 1. */
  readonly share: number
  readonly calls: number
}
