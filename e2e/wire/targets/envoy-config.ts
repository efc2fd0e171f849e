import { allowedOrigin } from "../target.ts"

/** The parameters of Envoy's configuration. */
export interface EnvoyOptions {
  readonly port: number
  readonly upstream: URL
  /** PEM file of the authority that the backend's certificate is checked against. */
  readonly caFile?: string
  /** Each call gets a line in this file. */
  readonly accessLogFile?: string
  /** PEM files of the certificate that clients get. Without it there is no TLS in front. */
  readonly certificate?: { readonly certFile: string; readonly keyFile: string }
  /** Limit of calls at the same time. Default: Envoy's, 1024. */
  readonly maxCalls?: number
}

const http = "type.googleapis.com/envoy.extensions.filters.http"
const bufferBytes = 32_768 // Envoy's own advice for edges

/**
 * Envoy's configuration as a gRPC-Web gateway: the filters for gRPC-Web, CORS and routing, no timeout that cuts
 * streams, client deadlines enforced, refused streams repeated, and the bridge's limits where Envoy has such a limit.
 */
export function envoyConfig(options: EnvoyOptions): object {
  return { static_resources: { listeners: [listener(options)], clusters: [cluster(options)] } }
}

function listener({ port, accessLogFile, certificate }: EnvoyOptions): object {
  const manager = {
    "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    stat_prefix: "wire",
    codec_type: "AUTO",
    stream_idle_timeout: "0s",
    max_request_headers_kb: 16,
    http2_protocol_options: { max_concurrent_streams: 256 },
    http_protocol_options: { accept_http_10: true },
    http_filters: [
      { name: "envoy.filters.http.grpc_web", typed_config: { "@type": `${http}.grpc_web.v3.GrpcWeb` } },
      { name: "envoy.filters.http.cors", typed_config: { "@type": `${http}.cors.v3.Cors` } },
      { name: "envoy.filters.http.router", typed_config: { "@type": `${http}.router.v3.Router` } },
    ],
    route_config: { virtual_hosts: [virtualHost] },
    ...(accessLogFile !== undefined && { access_log: [fileLog(accessLogFile)] }),
  }
  return {
    address: { socket_address: { address: "127.0.0.1", port_value: port } },
    per_connection_buffer_limit_bytes: bufferBytes,
    filter_chains: [
      {
        filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }],
        ...(certificate !== undefined && { transport_socket: downstreamTls(certificate) }),
      },
    ],
  }
}

function fileLog(path: string): object {
  const type = "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog"
  return { name: "envoy.access_loggers.file", typed_config: { "@type": type, path } }
}

function downstreamTls({ certFile, keyFile }: Required<EnvoyOptions>["certificate"]): object {
  const certificates = [{ certificate_chain: { filename: certFile }, private_key: { filename: keyFile } }]
  const tls = {
    "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
    common_tls_context: { alpn_protocols: ["h2", "http/1.1"], tls_certificates: certificates },
  }
  return { name: "envoy.transport_sockets.tls", typed_config: tls }
}

const virtualHost = {
  name: "wire",
  domains: ["*"],
  routes: [
    {
      match: { prefix: "/" },
      route: {
        cluster: "backend",
        timeout: "0s",
        max_stream_duration: { grpc_timeout_header_max: "0s" }, // the client's grpc-timeout, without a cap
        retry_policy: { retry_on: "refused-stream,reset-before-request", num_retries: 4 },
      },
    },
  ],
  typed_per_filter_config: {
    "envoy.filters.http.cors": {
      "@type": `${http}.cors.v3.CorsPolicy`,
      allow_origin_string_match: [{ exact: allowedOrigin }],
      allow_methods: "POST, OPTIONS",
      allow_headers:
        "content-type,x-grpc-web,x-user-agent,grpc-timeout,grpc-message-type,authorization,connect-protocol-version," +
        "connect-timeout-ms,x-custom",
      expose_headers: "grpc-status,grpc-message,grpc-status-details-bin,grpc-encoding",
      max_age: "7200",
      forward_not_matching_preflights: false,
    },
  },
}

function cluster({ upstream, caFile, maxCalls }: EnvoyOptions): object {
  const { hostname, port, protocol } = upstream
  const endpoint = { address: { socket_address: { address: hostname, port_value: Number(port || 80) } } }
  const tls = {
    "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
    common_tls_context: { alpn_protocols: ["h2"], validation_context: { trusted_ca: { filename: caFile } } },
  }
  return {
    name: "backend",
    type: "STRICT_DNS",
    connect_timeout: "5s",
    circuit_breakers: { thresholds: [{ max_retries: 1_024, ...callLimits(maxCalls) }] }, // 3 retries at once by default: many cases run side by side
    per_connection_buffer_limit_bytes: bufferBytes,
    load_assignment: { cluster_name: "backend", endpoints: [{ lb_endpoints: [{ endpoint }] }] },
    typed_extension_protocol_options: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        explicit_http_config: { http2_protocol_options: {} },
      },
    },
    ...(protocol === "https:" && { transport_socket: { name: "envoy.transport_sockets.tls", typed_config: tls } }),
  }
}

function callLimits(maxCalls: number | undefined): object {
  if (maxCalls === undefined) return {}
  return { max_connections: maxCalls, max_pending_requests: maxCalls, max_requests: maxCalls }
}
