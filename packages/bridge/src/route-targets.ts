import type { Route } from "./core/route.ts"
import type { HashSource } from "./core/hash-source.ts"
import type { Upstream } from "./core/upstream.ts"
import { createMetadataEdit } from "./routing/edit-metadata.ts"
import type { RouteConfig } from "./routing/route-config.ts"
import { createSplit } from "./routing/split.ts"
import type { RouteTarget } from "./stages/route.ts"
import { staticAnswer } from "./stages/static-answer.ts"
import type { UpstreamConfig } from "./upstream/upstream-config.ts"

/** The upstreams that routes name. */
export interface NamedUpstreams {
  readonly upstreams: ReadonlyMap<string, Upstream>
  readonly configs: readonly UpstreamConfig[]
}

/** Builds the place where each route leads. */
export function createRouteTargets(
  routes: readonly RouteConfig[],
  named: NamedUpstreams,
  passesCookies: boolean,
): readonly RouteTarget[] {
  const hashes = new Map(named.configs.map(({ name, balancing }) => [name, balancing.hash]))
  return routes.map((config) => targetOf(config, named.upstreams, hashes, passesCookies))
}

function targetOf(
  config: RouteConfig,
  upstreams: ReadonlyMap<string, Upstream>,
  hashes: ReadonlyMap<string, HashSource | null>,
  passesCookies: boolean,
): RouteTarget {
  const { action, name, timeouts, host, retry, hedging } = config
  if (action.kind === "answer") return { kind: "answer", name, reply: staticAnswer(action) }
  const edit = createMetadataEdit(config.metadata)
  const to = (upstream: string): Route => {
    const found = upstreams.get(upstream)
    if (found === undefined) throw new Error(`route ${name} names the upstream ${upstream}, which does not exist`) // unreachable: the configuration was checked
    const hash = hashes.get(upstream) ?? null
    return { name, upstream: found, hash, host, passesCookies, timeouts, retry, hedging, ...config.limits }
  }
  if (action.kind === "upstream") return { kind: "route", route: to(action.upstream), edit }
  const routes = action.upstreams.map(({ upstream }) => to(upstream))
  return { kind: "split", routes, split: createSplit(action.upstreams), sticky: action.sticky, edit }
}
