import type { DocBlock } from "../../../tools/checks/doc-blocks.ts"

const connectionManager = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3"
const protocolOptions = "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
const router = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"

/** The columns by which the keys of a block are indented in Envoy's file, by the place where they stand. */
const places = { bootstrap: 0, static: 2, chain: 10, manager: 16, host: 24 }

const placeOf: Readonly<Record<string, keyof typeof places>> = {
  admin: "bootstrap",
  clusters: "static",
  transport_socket: "chain",
  access_log: "manager",
  drain_timeout: "manager",
  routes: "host",
  typed_per_filter_config: "host",
}

/** Every cluster speaks HTTP/2, without which Envoy refuses health checks by gRPC. */
const http2 = `typed_extension_protocol_options: { envoy.extensions.upstreams.http.v3.HttpProtocolOptions: { "@type": ${protocolOptions}, explicit_http_config: { http2_protocol_options: {} } } }`

/** A whole file for Envoy around a block that shows one feature. It adds what the page leaves out: clusters, filters and HTTP/2. */
export function envoyFile({ place, text }: DocBlock): string {
  const parts: Record<keyof typeof places, string> = { bootstrap: "", static: "", chain: "", manager: "", host: "" }
  for (const section of text.split(/^(?=\w+:)/m)) {
    const key = section.slice(0, section.indexOf(":"))
    if (!Object.hasOwn(placeOf, key)) throw new Error(`${place}: no place in Envoy's file is known for ${key}`)
    const target = placeOf[key]
    parts[target] += section.replace(/^(?=.)/gm, " ".repeat(places[target]))
  }
  const hasRoutes = text.includes("routes:")
  return `${parts.bootstrap}static_resources:
${parts.static.replace(/^ {4}- name: .*\n/gm, `$&      ${http2}\n`) || "  clusters:\n"}${otherClusters(text)}
  listeners:
    - address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
      filter_chains:
        - name: docs
${parts.chain}
          filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": ${connectionManager}.HttpConnectionManager
                stat_prefix: docs
                http_filters: [{ name: envoy.filters.http.router, typed_config: { "@type": ${router} } }]
${parts.manager}
                route_config:
                  virtual_hosts:
                      - name: docs
                        domains: ["*"]
${hasRoutes ? "" : "                        routes: [{ match: { prefix: / }, route: { cluster: users } }]\n"}${parts.host}`
}

function otherClusters(text: string): string {
  const names = ["users", "users-v2", "reports"].filter((name) => !text.includes(`- name: ${name}\n`))
  return names.map((name) => `    - { name: ${name}, type: STRICT_DNS }\n`).join("")
}
