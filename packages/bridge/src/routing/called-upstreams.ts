import type { RouteAction, RouteConfig, WeightedUpstream } from "./route-config.ts"

/** Names of the upstreams that answer calls of these routes. An upstream of a mirror alone is not among them. */
export function calledUpstreams(routes: readonly Pick<RouteConfig, "action">[]): ReadonlySet<string> {
  const targets = routes.flatMap(({ action }) => targetsOf(action))
  return new Set(targets.filter(({ weight }) => weight > 0).map(({ upstream }) => upstream))
}

/** The upstreams of an action with their weights, those of weight 0 included. */
export function targetsOf(action: RouteAction): readonly WeightedUpstream[] {
  switch (action.kind) {
    case "upstream":
      return [{ upstream: action.upstream, weight: 1 }]
    case "split":
      return action.upstreams
    case "answer":
      return []
  }
}
