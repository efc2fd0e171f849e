import { targetsOf } from "../routing/called-upstreams.ts"
import type { RouteConfig } from "../routing/route-config.ts"
import { shadowedRoutes } from "../routing/shadowed.ts"
import { parseEndpointAddress } from "../upstream/discovery/address.ts"
import type { UpstreamConfig } from "../upstream/upstream-config.ts"
import { isLoopback } from "./host-port.ts"
import type { Config } from "./schema.ts"

/** Warnings about upstreams and routes that are valid, but most likely not meant so. */
export function fleetWarnings({ upstreams, routes }: Pick<Config, "upstreams" | "routes">): string[] {
  const used = new Set(routes.flatMap(upstreamsOf))
  const unused = upstreams.filter(({ name }) => !used.has(name)).map(({ name }) => name)
  return [
    ...shadowedRoutes(routes).map(
      ({ route, by }) =>
        `no call reaches the route ${route}: the route ${by} before it takes all of them; put ${by} after it`,
    ),
    ...routes.flatMap((route) => mirrorWarning(route) ?? []),
    ...(unused.length === 0 ? [] : [`no route names these upstreams: ${unused.join(", ")}`]),
    ...upstreams.flatMap((upstream) => plainTextWarning(upstream, routes) ?? []),
  ]
}

function upstreamsOf({ action, mirror }: RouteConfig): string[] {
  return [...targetsOf(action).map(({ upstream }) => upstream), ...(mirror === null ? [] : [mirror.upstream])]
}

/** A backend that gets its own calls twice is seldom meant. */
function mirrorWarning({ name, action, mirror }: RouteConfig): string | null {
  if (mirror === null || !targetsOf(action).some(({ upstream }) => upstream === mirror.upstream)) return null
  return `the route ${name} mirrors calls to ${mirror.upstream}, which gets them already: its backends do the work twice; name another upstream`
}

/** Names of fields that hold credentials. */
const secretName = /^(?:proxy-)?authorization$|^cookie$|token|secret|password|credential|api-?key/

/** Credentials that leave this machine without TLS can be read on the way. */
function plainTextWarning(upstream: UpstreamConfig, routes: readonly RouteConfig[]): string | null {
  if (upstream.tls !== null) return null
  const far = upstream.endpoints.find(({ address }) => !staysOnThisMachine(address))
  if (far === undefined) return null
  const added = routes
    .filter((route) => upstreamsOf(route).includes(upstream.name))
    .flatMap(({ metadata }) => metadata.add)
  const secret = [...upstream.metadata, ...added].map(([name]) => name).find((name) => secretName.test(name))
  const sent = upstream.tokenFile === null ? secret : "the token of token-file"
  if (sent === undefined) return null
  return `upstream ${upstream.name} gets ${sent} without TLS at ${far.address}, where everybody on the way can read it; use https://`
}

function staysOnThisMachine(address: string): boolean {
  const parsed = parseEndpointAddress(address)
  return parsed.kind === "unix" || (parsed.kind === "host" && isLoopback(parsed.host))
}
