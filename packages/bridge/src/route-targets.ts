import type { Route, RouteMirror } from "./core/route.ts"
import type { Tally } from "./core/tally.ts"
import type { HashSource } from "./core/hash-source.ts"
import type { Upstream } from "./core/upstream.ts"
import { createMetadataEdit } from "./routing/edit-metadata.ts"
import type { RouteConfig } from "./routing/route-config.ts"
import type { RouteCounts } from "./routing/route-counts.ts"
import { createSplit } from "./routing/split.ts"
import type { RouteTarget } from "./stages/route.ts"
import { staticAnswer } from "./stages/static-answer.ts"
import type { UpstreamConfig } from "./upstream/upstream-config.ts"

/** The upstreams that routes name. */
export interface NamedUpstreams {
  readonly upstreams: ReadonlyMap<string, Upstream>
  readonly configs: readonly UpstreamConfig[]
}

/** Builds the place where each route leads. `counts` are in the order of the routes. */
export function createRouteTargets(
  routes: readonly RouteConfig[],
  counts: readonly RouteCounts[],
  named: NamedUpstreams,
  passesCookies: boolean,
): readonly RouteTarget[] {
  const hashes = new Map(named.configs.map(({ name, balancing }) => [name, balancing.hash]))
  return routes.map((config, i) => targetOf(config, counts[i].tallies, named.upstreams, hashes, passesCookies))
}

function targetOf(
  config: RouteConfig,
  tallies: readonly Tally[],
  upstreams: ReadonlyMap<string, Upstream>,
  hashes: ReadonlyMap<string, HashSource | null>,
  passesCookies: boolean,
): RouteTarget {
  const { action, name, timeouts, host, retry, hedging } = config
  if (action.kind === "answer") return { kind: "answer", name, reply: staticAnswer(action), tallies }
  const edit = createMetadataEdit(config.metadata)
  const named = (upstream: string): Pick<Route, "upstream" | "hash"> => {
    const found = upstreams.get(upstream)
    if (found === undefined) throw new Error(`route ${name} names the upstream ${upstream}, which does not exist`) // unreachable: the configuration was checked
    return { upstream: found, hash: hashes.get(upstream) ?? null }
  }
  const mirror: RouteMirror | null =
    config.mirror === null ? null : { ...named(config.mirror.upstream), share: config.mirror.percent / 100 }
  const to = (upstream: string): Route => ({
    name,
    ...named(upstream),
    host,
    passesCookies,
    timeouts,
    retry,
    hedging,
    mirror,
    ...config.limits,
  })
  if (action.kind === "upstream") return { kind: "route", route: to(action.upstream), edit, tallies }
  const routes = action.upstreams.map(({ upstream }) => to(upstream))
  return { kind: "split", routes, split: createSplit(action.upstreams), sticky: action.sticky, edit, tallies }
}
