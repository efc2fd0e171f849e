import { OriginSet } from "../core/origin-set.ts"
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

/**
 * Finds routes that no call reaches, since one earlier route takes all that they would take. A route whose calls several earlier
 * routes take together is not found.
 */
export function shadowedRoutes(routes: readonly RouteConfig[]): ShadowedRoute[] {
  return routes.flatMap((route, i) => {
    const by = routes.slice(0, i).find((earlier) => covers(earlier, route))
    return by === undefined ? [] : [{ route: route.name, by: by.name }]
  })
}

/** True if `wide` matches whatever `narrow` matches. False if it is not sure. */
function covers(wide: RouteConfig, narrow: RouteConfig): boolean {
  const [one, other] = [wide.match, narrow.match]
  return (
    normalPrefix(wide.stripPrefix) === normalPrefix(narrow.stripPrefix) &&
    coversName(one.service, other.service) &&
    coversName(one.method, other.method) &&
    coversWires(one, other) &&
    coversOrigins(one.origins, other.origins) &&
    one.headers.every((condition) => other.headers.some((given) => follows(condition, given)))
  )
}

function coversName(wide: string | null, narrow: string | null): boolean {
  if (wide === null) return true
  return new Glob(wide).covers(new Glob(narrow ?? "*"))
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
