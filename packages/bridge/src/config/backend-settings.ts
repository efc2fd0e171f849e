import { count, duration, file, hostName, orNull } from "./kind.ts"
import type { SettingsOf } from "./setting.ts"
import { upstreamUrl } from "./upstream-url.ts"

const second = 1_000
const minute = 60 * second

/** The settings of the backend of `--upstream`, and defaults of every upstream. */
export const backendSettings: SettingsOf<
  | "upstream"
  | "upstreamCaFile"
  | "upstreamCertFile"
  | "upstreamKeyFile"
  | "upstreamServerName"
  | "connectTimeoutMs"
  | "maxSessions"
  | "maxQueued"
> = {
  upstream: {
    group: "Backend",
    flag: "upstream",
    path: "upstream",
    kind: orNull(upstreamUrl, "none"),
    fallback: null,
    meaning:
      "The gRPC server that calls go to: http://host:port speaks HTTP/2 without TLS (prior knowledge), https://host:port speaks it over TLS (ALPN h2). If the name has several addresses, the first that answers is used.",
    change: "Always, if no configuration file has upstreams.",
    elsewhere: "Envoy: the cluster's endpoint; gRPC: the channel's target.",
  },
  upstreamCaFile: {
    group: "Backend",
    flag: "upstream-ca",
    path: "upstream-defaults.tls.ca",
    kind: orNull(file, "none"),
    fallback: null,
    meaning:
      "PEM file of the certificate authorities that the bridge trusts for the backend's certificate, in place of Node's own list.",
    change: "If your own authority issues the backend's certificate.",
    elsewhere: "Envoy: validation_context.trusted_ca; gRPC: the root certificates of its SSL credentials.",
  },
  upstreamCertFile: {
    group: "Backend",
    flag: "upstream-cert",
    path: "upstream-defaults.tls.cert",
    kind: orNull(file, "none"),
    fallback: null,
    meaning: "PEM file of the certificate, with its chain, that the bridge shows to the backend (mutual TLS).",
    change: "If the backend requires a client certificate.",
    elsewhere: "Envoy: UpstreamTlsContext, tls_certificates; gRPC: the key pair of its SSL credentials.",
  },
  upstreamKeyFile: {
    group: "Backend",
    flag: "upstream-key",
    path: "upstream-defaults.tls.key",
    kind: orNull(file, "none"),
    fallback: null,
    meaning: "PEM file of that certificate's private key.",
    change: "Together with the certificate.",
    elsewhere: "Envoy: tls_certificates.private_key.",
  },
  upstreamServerName: {
    group: "Backend",
    flag: "upstream-server-name",
    path: "upstream-defaults.tls.server-name",
    kind: orNull(hostName, "none"),
    fallback: null,
    meaning:
      "The host name that the backend's certificate must be for. The TLS handshake sends it too (SNI). By default it is the host of --upstream.",
    change: "If --upstream names an address, or a name that is not in the backend's certificate.",
    elsewhere: "Envoy: UpstreamTlsContext.sni; gRPC: grpc.ssl_target_name_override.",
  },
  connectTimeoutMs: {
    group: "Backend",
    flag: "connect-timeout",
    path: "upstream-defaults.connect-timeout",
    kind: duration(1, 10 * minute),
    fallback: 5 * second,
    meaning: "Time limit for opening a connection to the backend, including TLS and HTTP/2 settings.",
    change: "Raise it if the backend is far away. Lower it to fail sooner.",
    elsewhere: "Envoy: connect_timeout (5 s); gRPC: 20 s, fixed.",
  },
  maxSessions: {
    group: "Backend",
    flag: "max-sessions",
    path: "upstream-defaults.breaker.max-sessions",
    kind: count(1, 10_000),
    fallback: 16,
    meaning:
      "Limit of connections to the backend that accept calls. As many are opened as the waiting calls need, once every open one carries as many streams as the backend allows, or 1000. Connections that the backend has ended may stay open until their calls finish; then half as many again may be open in all, and at least one more.",
    change: "Raise it if calls wait in the queue although the backend has room.",
    elsewhere: "Envoy: circuit breaker max_connections.",
  },
  maxQueued: {
    group: "Backend",
    flag: "max-queued",
    path: "upstream-defaults.breaker.max-queued",
    kind: count(0, 1_000_000),
    fallback: 1_024,
    meaning:
      "Limit of calls that wait for a stream to the backend, beyond those for which a connection is being opened. Further calls are answered UNAVAILABLE at once. One client address may hold half of the queue.",
    change: "Lower it to refuse sooner under overload.",
    elsewhere: "Envoy: circuit breaker max_pending_requests (1024).",
  },
}
