import type { RouteRequest } from "../../src/routing/conditions.ts"
import type { HeaderMatch, RouteConfig, RouteMatch } from "../../src/routing/route-config.ts"

/** A route that matches everything, with these changes. */
export function routeOf(name: string, match: Partial<RouteMatch> = {}, rest: Partial<RouteConfig> = {}): RouteConfig {
  return {
    name,
    match: { service: null, method: null, headers: [], origins: [], wires: [], ...match },
    action: { kind: "upstream", upstream: name },
    timeouts: { maxMs: null, defaultMs: null },
    retry: null,
    hedging: null,
    limits: { maxRequestMessageBytes: null, maxReplyMessageBytes: null },
    metadata: { add: [], remove: [], require: [] },
    stripPrefix: null,
    host: null,
    mirror: null,
    ...rest,
  }
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
