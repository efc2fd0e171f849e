import { OriginSet } from "../core/origin-set.ts"
import type { IndexedRoute } from "./earlier-routes.ts"
import { EarlierRoutes } from "./earlier-routes.ts"
import { Glob } from "./glob.ts"
import { normalPrefix } from "./method-path.ts"
import { Regex } from "./regex.ts"
import type { HeaderMatch, RouteConfig, RouteMatch } from "./route-config.ts"

/** A route that no call reaches. */
export interface ShadowedRoute {
  readonly route: string
  /** The earlier route that takes everything that this one would take. */
  readonly by: string
}

/** A route, ready to be compared with others. */
interface ComparedRoute extends IndexedRoute {
  readonly index: number
  readonly name: string
  readonly match: RouteMatch
}

/**
 * Finds routes that no call reaches, since one earlier route takes all that they would take. A route whose calls several earlier
 * routes take together is not found.
 */
export function shadowedRoutes(configs: readonly RouteConfig[]): ShadowedRoute[] {
  const earlier = new EarlierRoutes<ComparedRoute>()
  const shadowed: ShadowedRoute[] = []
  for (const [index, config] of configs.entries()) {
    const route = comparedRoute(config, index)
    const by = firstCovering(earlier.maybeCovering(route), route)
    if (by !== null) shadowed.push({ route: route.name, by: by.name })
    earlier.add(route)
  }
  return shadowed
}

function comparedRoute({ name, match, stripPrefix }: RouteConfig, index: number): ComparedRoute {
  const { service, method, headers } = match
  return {
    index,
    name,
    match,
    prefix: normalPrefix(stripPrefix),
    service: new Glob(service ?? "*"),
    method: new Glob(method ?? "*"),
    values: headers.flatMap((header) =>
      header.kind === "exact" ? [`${header.name.toLowerCase()}: ${header.value}`] : [],
    ),
  }
}

/** The covering route that was added first. */
function firstCovering(lists: readonly (readonly ComparedRoute[])[], route: ComparedRoute): ComparedRoute | null {
  let first: ComparedRoute | null = null
  for (const list of lists) {
    const by = list.find((wide) => covers(wide, route))
    if (by !== undefined && (first === null || by.index < first.index)) first = by
  }
  return first
}

/** True if `wide` matches whatever `narrow` matches. False if it is not sure. Both strip the same prefix. */
function covers(wide: ComparedRoute, narrow: ComparedRoute): boolean {
  const [one, other] = [wide.match, narrow.match]
  return (
    wide.service.covers(narrow.service) &&
    wide.method.covers(narrow.method) &&
    coversWires(one, other) &&
    coversOrigins(one.origins, other.origins) &&
    one.headers.every((condition) => other.headers.some((given) => follows(condition, given)))
  )
}

function coversWires({ wires }: RouteMatch, narrow: RouteMatch): boolean {
  const needed = narrow.wires.length === 0 ? (["grpc-web", "grpc-web-text", "grpc"] as const) : narrow.wires
  return wires.length === 0 || needed.every((wire) => wires.includes(wire))
}

function coversOrigins(wide: readonly string[], narrow: readonly string[]): boolean {
  if (wide.length === 0) return true
  if (narrow.length === 0) return false // calls without an origin
  const set = new OriginSet(wide)
  return narrow.every((pattern) => {
    if (wide.includes(pattern)) return true
    if (wide.includes("*")) return pattern !== "null"
    return !pattern.includes("*") && set.has(pattern)
  })
}

/** True if the condition holds whenever the given one does. */
function follows(condition: HeaderMatch, given: HeaderMatch): boolean {
  if (condition.name.toLowerCase() !== given.name.toLowerCase()) return false
  switch (condition.kind) {
    case "present":
      return given.kind === "present" ? given.isPresent === condition.isPresent : condition.isPresent
    case "exact":
      return given.kind === "exact" && given.value === condition.value
    case "prefix":
      return (given.kind === "exact" || given.kind === "prefix") && given.value.startsWith(condition.value)
    case "regex":
      if (given.kind === "regex") return given.source === condition.source
      return given.kind === "exact" && new Regex(condition.source).matches(given.value)
  }
}
