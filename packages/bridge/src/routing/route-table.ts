import type { Condition, RouteRequest } from "./conditions.ts"
import { conditionsOf } from "./conditions.ts"
import { Glob } from "./glob.ts"
import type { MethodPath } from "./method-path.ts"
import { normalPrefix, parseMethodPath } from "./method-path.ts"
import type { RouteConfig } from "./route-config.ts"

/** A route, ready to be compared with requests. */
export interface CompiledRoute {
  readonly kind: "route"
  /** Place in the list, from 0. */
  readonly index: number
  readonly config: RouteConfig
  /** Without a slash at the end; "": none. */
  readonly prefix: string
  /** Null: any service. */
  readonly service: Glob | null
  readonly method: Glob | null
  readonly conditions: readonly Condition[]
}

/** The route that takes a request, or the reason why there is none. */
export type RouteMatchResult = CompiledRoute | { readonly kind: "noMethod" } | { readonly kind: "noRoute" }

const noMethod: RouteMatchResult = { kind: "noMethod" }
const noRoute: RouteMatchResult = { kind: "noRoute" }

/** Clients choose the paths, so the number of those that are remembered is bounded. */
const maxKnownPaths = 1_000
const maxKnownLength = 256

/** Routes of one configuration. */
export interface RouteTable {
  readonly routes: readonly CompiledRoute[]
  /** The first route that matches. Its prefix is still part of the path; see `pathWithoutPrefix`. */
  match(request: RouteRequest): RouteMatchResult
}

/** The path as the backend gets it. */
export function pathWithoutPrefix(route: CompiledRoute, path: string): string {
  return route.prefix === "" ? path : path.slice(route.prefix.length)
}

/** Prepares routes that the configuration has accepted. The first that matches takes a request. */
export function createRouteTable(configs: readonly RouteConfig[]): RouteTable {
  const routes = configs.map(compileRoute)
  const finder = new CandidateFinder(routes)
  /** Routes whose conditions on the method hold, by path as received. Null: the path names no method. */
  const known = new Map<string, readonly CompiledRoute[] | null>()

  function candidatesFor(path: string): readonly CompiledRoute[] | null {
    const found = known.get(path)
    if (found !== undefined) return found
    const parsed = parseMethodPath(path)
    const candidates = parsed === null ? null : finder.find(parsed)
    if (path.length <= maxKnownLength) {
      if (known.size >= maxKnownPaths) known.clear() // junk must not keep the usual paths out
      known.set(path, candidates)
    }
    return candidates
  }

  return {
    routes,
    match(request) {
      const candidates = candidatesFor(request.path)
      if (candidates === null) return noMethod
      for (let i = 0; i < candidates.length; i++) {
        if (conditionsHold(candidates[i].conditions, request)) return candidates[i]
      }
      return noRoute
    },
  }
}

function compileRoute(config: RouteConfig, index: number): CompiledRoute {
  const { service, method } = config.match
  return {
    kind: "route",
    index,
    config,
    prefix: normalPrefix(config.stripPrefix),
    service: service === null ? null : new Glob(service),
    method: method === null ? null : new Glob(method),
    conditions: conditionsOf(config.match),
  }
}

function conditionsHold(conditions: readonly Condition[], request: RouteRequest): boolean {
  for (let i = 0; i < conditions.length; i++) if (!conditions[i].holds(request)) return false
  return true
}

/** Finds the routes whose conditions on the method hold, without a look at the routes of other services. */
class CandidateFinder {
  readonly #groups: ReadonlyMap<string, PrefixGroup>

  constructor(routes: readonly CompiledRoute[]) {
    const byPrefix = Map.groupBy(routes, ({ prefix }) => prefix)
    this.#groups = new Map([...byPrefix].map(([prefix, group]) => [prefix, new PrefixGroup(group)]))
  }

  /** Null: the path has segments before the method that no route strips. */
  find({ prefix, service, method }: MethodPath): readonly CompiledRoute[] | null {
    const group = this.#groups.get(prefix)
    if (group === undefined) return prefix === "" ? [] : null
    const candidates = group.ofService(service).filter((route) => route.method?.matches(method) !== false)
    const always = candidates.findIndex(({ conditions }) => conditions.length === 0)
    return always < 0 ? candidates : candidates.slice(0, always + 1)
  }
}

/** Routes with one prefix. */
class PrefixGroup {
  /** Routes for a pattern, or for any service. */
  readonly #general: readonly CompiledRoute[]
  /** Routes for each service that a route names in full, those of matching patterns included. */
  readonly #byService: ReadonlyMap<string, readonly CompiledRoute[]>

  constructor(routes: readonly CompiledRoute[]) {
    this.#general = routes.filter(({ service }) => service?.isExact !== true)
    const lists = new Map<string, CompiledRoute[]>()
    for (const { service } of routes) if (service?.isExact === true) lists.set(service.source, [])
    for (const route of routes) {
      if (route.service?.isExact === true) lists.get(route.service.source)?.push(route)
      else for (const [name, list] of lists) if (isFor(route, name)) list.push(route)
    }
    this.#byService = lists
  }

  ofService(service: string): readonly CompiledRoute[] {
    return this.#byService.get(service) ?? this.#general.filter((route) => isFor(route, service))
  }
}

function isFor(route: CompiledRoute, service: string): boolean {
  return route.service?.matches(service) !== false
}
