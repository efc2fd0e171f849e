import type { Kind } from "./kind.ts"
import { upstreamUrl } from "./upstream-url.ts"
import {
  choice,
  count,
  duration,
  fieldNames,
  file,
  hostNames,
  hostName,
  hostPort,
  lineTarget,
  onOff,
  originPatterns,
  orNull,
  size,
  trustedProxies,
} from "./kind.ts"
import type { BridgeSettings } from "./schema.ts"

/** The group of a setting in the help and the docs. */
export type SettingGroup = "Backend" | "Clients" | "Limits" | "Operation"

/** One setting. The schema, the flags, the variables, the help and the docs are made from this table. */
export interface Setting<T> {
  readonly group: SettingGroup
  /** The flag without its dashes; its environment variable follows from it. */
  readonly flag: string
  /** The place in the configuration file. Its parts are the names of sections, and of the setting in the last one. */
  readonly path: string
  readonly kind: Kind<T>
  /** The default. */
  readonly fallback: T
  /** The meaning, in a few sentences. */
  readonly meaning: string
  /** When to change it. */
  readonly change: string
  /** The name of this setting in Envoy, gRPC, Node or nginx. */
  readonly elsewhere: string
}

/** The part of a setting that flags and variables need. */
export type FlagSetting<T> = Pick<Setting<T>, "flag" | "kind" | "fallback" | "meaning">

const second = 1_000
const minute = 60 * second
const day = 24 * 60 * minute
const mebibyte = 1 << 20
/** nghttp2, which many backends use, accepts a head of ten frames at most. Beyond it nghttp2 ends the connection with all its calls. */
const longestHead = 131_072
/** The limit of most gRPC implementations, which count in 31 bits. */
const longestMessage = 2_048 * mebibyte

/** The environment variable of a setting: `--max-sessions` is `CAUSEWAY_MAX_SESSIONS`. */
export function variableOf({ flag }: { readonly flag: string }): string {
  return `CAUSEWAY_${flag.toUpperCase().replaceAll("-", "_")}`
}

/** The configuration file. It is no setting of its own, since it holds the settings. */
export const configFile: FlagSetting<string | null> = {
  flag: "config",
  kind: orNull(file, "none"),
  fallback: null,
  meaning:
    "Configuration file in YAML or JSON, with several upstreams and routes if needed. Flags and variables win over it.",
}

/** Every setting, in the order in which the help and the docs show them. */
export const settings: { readonly [Key in keyof BridgeSettings]: Setting<BridgeSettings[Key]> } = {
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
  maxCallsPerClient: {
    group: "Limits",
    flag: "max-calls-per-client",
    path: "limits.calls-per-client",
    kind: orNull(count(1, 1_000_000), "off"),
    fallback: null,
    meaning:
      "Limit of open calls of one client address, in flight or waiting. Further calls are answered RESOURCE_EXHAUSTED. IPv6 addresses of one /64 network count together. With off, one address may still hold at most three quarters of the streams to the backend, and half of the queue.",
    change:
      "If pages call the bridge directly, or if --trusted-proxies names the proxies before it. Otherwise all users behind one proxy share one address.",
    elsewhere: "nginx: limit_conn with $binary_remote_addr.",
  },
  listen: {
    group: "Clients",
    flag: "listen",
    path: "listen",
    kind: hostPort,
    fallback: "127.0.0.1:8080",
    meaning:
      "Address for browsers: HTTP/1.1 and HTTP/2 on one port. Port 0 picks a free one; the bridge prints the address.",
    change: "To accept calls from other machines (0.0.0.0:8080, [::]:8080), or if the port is in use.",
    elsewhere: "Envoy: a listener's address.",
  },
  corsOrigins: {
    group: "Clients",
    flag: "cors-origin",
    path: "cors.origins",
    kind: originPatterns,
    fallback: [],
    meaning:
      "Origins whose pages may call, such as https://app.example, https://*.app.example, https://*-team.app.example, http://localhost:* or capacitor://localhost; * allows every origin except null. May be given several times. Without it only pages on localhost may call (including its subdomains, 127.0.0.1 and [::1]; http and https, any port).",
    change: "Always in production: list the origins of your pages.",
    elsewhere: "Envoy: CorsPolicy.allow_origin_string_match.",
  },
  corsCredentials: {
    group: "Clients",
    flag: "cors-credentials",
    path: "cors.credentials",
    kind: onOff,
    fallback: false,
    meaning:
      "Pages of the origins of --cors-origin may call with credentials (fetch with credentials: include), so that browsers send and store cookies and present client certificates. Then every origin must be written out: neither * nor null.",
    change: "If pages of another origin sign in by cookie. The bridge passes cookies on only with --pass-cookies.",
    elsewhere: "Envoy: CorsPolicy.allow_credentials.",
  },
  passCookies: {
    group: "Clients",
    flag: "pass-cookies",
    path: "pass.cookies",
    kind: onOff,
    fallback: false,
    meaning:
      "The request's cookie goes to the backend, and set-cookie in the backend's response head goes to the browser. A page of another site cannot abuse a user's cookies this way (CSRF): the content types of gRPC-Web make browsers send a preflight first, and only origins of --cors-origin are allowed. Every page of those origins acts as the user.",
    change: "If the backend reads cookies. Tokens in the authorization field need no setting.",
    elsewhere: "Envoy and nginx pass cookies by default.",
  },
  passHeaders: {
    group: "Clients",
    flag: "pass-header",
    path: "pass.headers",
    kind: fieldNames,
    fallback: [],
    meaning:
      "Request fields that go to the backend although they are dropped by default: a name such as x-forwarded-proto, or the beginning of names such as x-envoy-*. Fields in which a login proxy or a mesh describes the client and its user are dropped by default, since any client could send them. With --trusted-proxies such a field is accepted only from those proxies. May be given several times. The table of all fields is docs/fields.md.",
    change:
      "If the backend needs fields that a proxy before the bridge writes. Then make sure that clients cannot bypass that proxy, or name it in --trusted-proxies.",
    elsewhere: "Envoy: internal_only_headers and header sanitizing; nginx: proxy_pass_request_headers.",
  },
  trustedProxies: {
    group: "Clients",
    flag: "trusted-proxies",
    path: "trusted-proxies",
    kind: trustedProxies,
    fallback: [],
    meaning:
      "Proxies before the bridge, as CIDR ranges or the words loopback (127.0.0.0/8, ::1) and private (10/8, 172.16/12, 192.168/16, fc00::/7). Their x-forwarded-for (or forwarded) names the client. The log shows that address, and the backend gets it in x-forwarded-for. The word none means that there is no proxy before the bridge: the backend gets the address of the connection. May be given several times. Without it the backend gets no address.",
    change:
      "If the backend, the log or limits per client need the client's address. List only proxies: every address in the list can claim to speak for any client.",
    elsewhere: "Envoy: use_remote_address with original IP detection (xff_trusted_cidrs); nginx: set_real_ip_from.",
  },
  tlsCertFile: {
    group: "Clients",
    flag: "tls-cert",
    path: "tls.cert",
    kind: orNull(file, "none"),
    fallback: null,
    meaning: "PEM file of the certificate that browsers get, with its chain. With it the port accepts only TLS.",
    change:
      "If nothing before the bridge terminates TLS. Browsers use HTTP/2 only over TLS; without it they open at most six connections.",
    elsewhere: "Envoy: tls_certificates.certificate_chain.",
  },
  tlsKeyFile: {
    group: "Clients",
    flag: "tls-key",
    path: "tls.key",
    kind: orNull(file, "none"),
    fallback: null,
    meaning: "PEM file of the certificate's private key.",
    change: "Together with the certificate.",
    elsewhere: "Envoy: tls_certificates.private_key.",
  },
  keepAliveTimeoutMs: {
    group: "Clients",
    flag: "keep-alive-timeout",
    path: "timeouts.keep-alive",
    kind: duration(1, day),
    fallback: 65 * second,
    meaning: "How long a client's connection stays open between calls.",
    change:
      "Keep it longer than the idle timeout of a load balancer before the bridge (often 60 s). Otherwise calls fail now and then.",
    elsewhere: "Envoy: common_http_protocol_options.idle_timeout (1 h); Node: server.keepAliveTimeout.",
  },
  maxRequestMessageBytes: {
    group: "Limits",
    flag: "max-request-message-bytes",
    path: "limits.request-message",
    kind: size(1, longestMessage),
    fallback: 4 * mebibyte,
    meaning: "The largest message that a client may send. A larger one is answered RESOURCE_EXHAUSTED.",
    change: "Raise it together with the backend's own limit.",
    elsewhere: "gRPC servers: grpc.max_receive_message_length (4 MiB).",
  },
  maxReplyMessageBytes: {
    group: "Limits",
    flag: "max-reply-message-bytes",
    path: "limits.reply-message",
    kind: size(1, longestMessage),
    fallback: 4 * mebibyte,
    meaning: "The largest message that the backend may send. A larger one ends the call with RESOURCE_EXHAUSTED.",
    change: "Raise it together with the client's own limit: a page must hold a whole message in memory.",
    elsewhere: "gRPC clients: grpc.max_receive_message_length (4 MiB).",
  },
  maxHeadBytes: {
    group: "Limits",
    flag: "max-head-bytes",
    path: "limits.head",
    kind: size(1_024, longestHead),
    fallback: 16_384,
    meaning: "The largest request head: names and values of all its fields.",
    change:
      "Raise it if requests with large cookies or tokens are refused with head-too-large, and the backend accepts such heads.",
    elsewhere: "Envoy: max_request_headers_kb (60); gRPC: grpc.max_metadata_size (8 to 16 KiB); Node: maxHeaderSize.",
  },
  headTimeoutMs: {
    group: "Limits",
    flag: "head-timeout",
    path: "timeouts.head",
    kind: duration(1, 10 * minute),
    fallback: 10 * second,
    meaning: "Time limit for a request's head, and for the TLS handshake before it.",
    change: "Raise it for clients on very slow networks.",
    elsewhere: "Envoy: request_headers_timeout; nginx: client_header_timeout; Node: server.headersTimeout.",
  },
  stallTimeoutMs: {
    group: "Limits",
    flag: "stall-timeout",
    path: "timeouts.stall",
    kind: duration(second, day),
    fallback: 300 * second,
    meaning:
      "Time limit for each wait of a call: for its client to read, for the backend to read the request, for a stream to the backend while the upload is held back, or for a request message. After it the call is ended. A request message has one second more for every 8 KB of it that have arrived; its time starts at its first byte, and at the head for the first message of gRPC-Web. A stream on which nothing is to be sent is never ended.",
    change: "Lower it if readers that have stopped hold too much memory. Raise it for clients that pause on purpose.",
    elsewhere: "Envoy: stream_flush_timeout, stream_idle_timeout (5 min, which ends silent streams too).",
  },
  maxBufferedBytes: {
    group: "Limits",
    flag: "max-buffered-bytes",
    path: "limits.buffered",
    kind: size(mebibyte, 1_048_576 * mebibyte),
    fallback: 256 * mebibyte,
    meaning:
      "Limit of the memory that all calls together may hold for a side that does not read. Above it the calls that have waited longest are ended, until an eighth of the limit is free.",
    change:
      "Set it to half of the memory that the process may use; docs/operations.md has the arithmetic. Raise it for many slow readers of large answers.",
    elsewhere: "Envoy: overload manager, envoy.overload_actions.reset_high_memory_stream; gRPC: resource quota.",
  },
  maxConnections: {
    group: "Limits",
    flag: "max-connections",
    path: "limits.connections",
    kind: count(1, 1_000_000),
    fallback: 10_000,
    meaning:
      "Limit of open client connections. Further ones are answered 503, or closed at once. If the process's limit of open files (ulimit -n) leaves fewer, the bridge lowers the limit and warns.",
    change: "Raise it, together with ulimit -n, if causeway_connections_refused_total grows under normal load.",
    elsewhere: "Envoy: overload manager, global_downstream_max_connections.",
  },
  maxConnectionsPerAddress: {
    group: "Limits",
    flag: "max-connections-per-address",
    path: "limits.connections-per-address",
    kind: orNull(count(1, 1_000_000), "auto"),
    fallback: null,
    meaning:
      "Limit of open connections of one client address; for IPv6, of one /64 network. auto is a quarter of --max-connections, and no limit for loopback, since a proxy may run on this machine. A number applies to every address. Trusted proxies (--trusted-proxies) have no such limit.",
    change:
      "Name the load balancers that carry all clients' connections in --trusted-proxies, or raise it to --max-connections. Lower it against strangers who open many connections.",
    elsewhere: "nginx: limit_conn with $binary_remote_addr; HAProxy: src_conn_cur.",
  },
  maxConcurrentStreams: {
    group: "Limits",
    flag: "max-concurrent-streams",
    path: "limits.concurrent-streams",
    kind: count(1, 1_000_000),
    fallback: 256,
    meaning: "Limit of open calls on one HTTP/2 connection of a client.",
    change: "Raise it if one page, or a proxy before the bridge, keeps more streams open on one connection.",
    elsewhere: "Envoy: http2_protocol_options.max_concurrent_streams; gRPC: grpc.max_concurrent_streams.",
  },
  admin: {
    group: "Operation",
    flag: "admin",
    path: "admin.listen",
    kind: orNull(hostPort, "off"),
    fallback: "127.0.0.1:9901",
    meaning:
      "Address of the pages for operators and probes (/healthz, /readyz, /metrics, /upstreams, /routes), without TLS. With off they are not served.",
    change: "To let probes and Prometheus read it from other machines (0.0.0.0:9901). Never open it to the internet.",
    elsewhere: "Envoy: admin.address.",
  },
  adminHosts: {
    group: "Operation",
    flag: "admin-host",
    path: "admin.hosts",
    kind: hostNames,
    fallback: [],
    meaning:
      "Names under which the pages for operators (/metrics, /upstreams, /routes, /reload) may be used, besides IP addresses, localhost and names that no web site can have (without a dot, or ending in .svc, .local, .internal and the like). * allows every name. May be given several times. Other names are refused, because a web page can point its own name at this port and read the answers (DNS rebinding).",
    change: "If Prometheus uses a name of the public DNS for the admin port, and is answered 403.",
    elsewhere: "Webpack and Vite: allowedHosts.",
  },
  drainDelayMs: {
    group: "Operation",
    flag: "drain-delay",
    path: "timeouts.drain-delay",
    kind: orNull(duration(0, day), "auto"),
    fallback: null,
    meaning:
      "How long new calls are accepted after SIGTERM while /readyz already answers 503, so that load balancers send calls elsewhere before the port closes. auto is 5s if other machines can reach the admin port, and 0ms if it is on loopback or off. Ctrl-C does not wait.",
    change:
      "If your load balancer checks readiness less often than every two seconds: set more than twice its interval.",
    elsewhere: "Kubernetes: a preStop hook that sleeps; Envoy: /drain_listeners?graceful.",
  },
  graceMs: {
    group: "Operation",
    flag: "grace",
    path: "timeouts.grace",
    kind: duration(0, day),
    fallback: 20 * second,
    meaning:
      "Time limit for open calls after SIGTERM, SIGQUIT or Ctrl-C, once no new calls are accepted. Calls that are still open then are ended.",
    change:
      "Keep this and the drain delay together two seconds below the time after which your platform kills the process (Kubernetes: 30 s; docker stop: 10 s).",
    elsewhere: "Envoy: --drain-time-s (600).",
  },
  accessLog: {
    group: "Operation",
    flag: "access-log",
    path: "telemetry.access-log",
    kind: lineTarget,
    fallback: "stderr",
    meaning:
      "Destination of the access log, one line of JSON per call: stderr, off, or a file, to which lines are appended.",
    change: "If calls must be kept apart from events, or are already logged elsewhere.",
    elsewhere: "Envoy: access_log.",
  },
  logLevel: {
    group: "Operation",
    flag: "log-level",
    path: "telemetry.log-level",
    kind: choice(["debug", "info", "warn", "error"]),
    fallback: "info",
    meaning:
      "Minimum severity of the events that are logged to stderr: debug, info, warn or error. It does not affect the access log.",
    change: "debug while you look for a fault; warn if logs are costly.",
    elsewhere: "Envoy: --log-level; gRPC: GRPC_VERBOSITY.",
  },
  codec: {
    group: "Operation",
    flag: "codec",
    path: "codec",
    kind: choice(["causeway", "node"]),
    fallback: "node",
    meaning:
      "Implementation of HTTP: node is Node's own, causeway the bridge's own, which costs less CPU per call. It is the bridge's own for HTTP/1.1 clients; HTTP/2 is Node's either way.",
    change: "causeway for less CPU; node if you suspect the other.",
    elsewhere: "Envoy: http1_protocol_options.use_balsa_parser chooses between two parsers.",
  },
}

/** Every default. */
export const defaultSettings: BridgeSettings = Object.fromEntries(
  Object.entries<Setting<unknown>>(settings).map(([key, { fallback }]) => [key, fallback]),
) as unknown as BridgeSettings
