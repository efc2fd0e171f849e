import type { RouteConfig } from "./route-config.ts"

/** The route of a bridge with one upstream: it takes every call. */
export function routeToAll(upstream: string): RouteConfig {
  return {
    name: "default",
    match: { service: null, method: null, headers: [], origins: [], wires: [] },
    action: { kind: "upstream", upstream },
    timeouts: { maxMs: null, defaultMs: null },
    retry: null,
    hedging: null,
    limits: { maxRequestMessageBytes: null, maxReplyMessageBytes: null },
    metadata: { add: [], remove: [], require: [] },
    stripPrefix: null,
    host: null,
    mirror: null,
  }
}
