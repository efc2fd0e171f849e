import type { HeaderMatch, RouteConfig } from "../../../packages/bridge/src/routing/route-config.ts"

/** Envoy's configuration for several route tables. It answers a call to the host `table-N` with the name of the route in table N. */
export function envoyRoutes(port: number, tables: readonly (readonly RouteConfig[])[]): object {
  const manager = {
    "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    stat_prefix: "routes",
    http_filters: [
      {
        name: "envoy.filters.http.router",
        typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
      },
    ],
    route_config: { virtual_hosts: tables.map(virtualHost) },
  }
  const listener = {
    address: { socket_address: { address: "127.0.0.1", port_value: port } },
    filter_chains: [{ filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }] }],
  }
  return { static_resources: { listeners: [listener] } }
}

function virtualHost(routes: readonly RouteConfig[], index: number): object {
  const last = { match: { prefix: "/" }, direct_response: { status: 404, body: { inline_string: "none" } } }
  return { name: `table-${index}`, domains: [`table-${index}`], routes: [...routes.map(envoyRoute), last] }
}

function envoyRoute({ name, match: { service, method, headers }, stripPrefix }: RouteConfig): object {
  const path = `${literal(stripPrefix ?? "")}/${pattern(service)}/${pattern(method)}`
  return {
    match: { safe_regex: { regex: path }, headers: headers.map(envoyHeader) },
    direct_response: { status: 200, body: { inline_string: name } },
  }
}

/** `*` stands for any part of a segment, as in the bridge. */
function pattern(glob: string | null): string {
  return glob === null ? "[^/]+" : glob.split("*").map(literal).join("[^/]*")
}

function envoyHeader(match: HeaderMatch): object {
  const { name } = match
  switch (match.kind) {
    case "exact":
      return { name, string_match: { exact: match.value } }
    case "prefix":
      return { name, string_match: { prefix: match.value } }
    case "regex":
      return { name, string_match: { safe_regex: { regex: match.source } } }
    case "present":
      return { name, present_match: match.isPresent }
  }
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")
}
