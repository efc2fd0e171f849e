import type { RouteRequest } from "../../src/routing/conditions.ts"
import { routeToAll } from "../../src/routing/route-to-all.ts"
import type { HeaderMatch, RouteConfig, RouteMatch } from "../../src/routing/route-config.ts"

/** A route that matches everything, with these changes. */
export function routeOf(name: string, match: Partial<RouteMatch> = {}, rest: Partial<RouteConfig> = {}): RouteConfig {
  const all = routeToAll(name)
  return { ...all, name, match: { ...all.match, ...match }, ...rest }
}

/** The condition that a field has this value. */
export function isValue(name: string, value: string): HeaderMatch {
  return { kind: "exact", name, value }
}

/** A request for a method, as routes see it. */
export function requestOf(
  path: string,
  fields: Readonly<Record<string, string>> = {},
  rest: Partial<RouteRequest> = {},
): RouteRequest {
  return { path, origin: null, wire: "grpc-web", header: (name) => fields[name] ?? null, ...rest }
}
