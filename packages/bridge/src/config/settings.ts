import type { Kind } from "./kind.ts"
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
  upstreamUrl,
} from "./kind.ts"
import type { Config } from "./schema.ts"

/** Where the help and the docs show a setting. */
export type SettingGroup = "Backend" | "Clients" | "Limits" | "Operation"

/** All that is to be known of one setting. The schema, the flags, the variables, the help and the docs are made of these. */
export interface Setting<T> {
  readonly group: SettingGroup
  /** The flag without its dashes; its environment variable follows from it. */
  readonly flag: string
  readonly kind: Kind<T>
  /** Without one the setting must be given. */
  readonly fallback?: T
  /** What it is, in a sentence. */
  readonly meaning: string
  /** When to change it. */
  readonly change: string
  /** The same knob in Envoy, gRPC, Node or nginx. */
  readonly elsewhere: string
}

const second = 1_000
const minute = 60 * second
const day = 24 * 60 * minute
const mebibyte = 1 << 20
/** Beyond it nghttp2, on which many backends stand, ends the connection with all its calls: a head of ten frames at most. */
const longestHead = 131_072
/** Beyond it most gRPC implementations cannot go: they count in 31 bits. */
const longestMessage = 2_048 * mebibyte

/** The environment variable of a setting: `--max-sessions` is `CAUSEWAY_MAX_SESSIONS`. */
export function variableOf({ flag }: { readonly flag: string }): string {
  return `CAUSEWAY_${flag.toUpperCase().replaceAll("-", "_")}`
}

/** Every setting, in the order in which the help and the docs show them. */
export const settings: { readonly [Key in keyof Config]: Setting<Config[Key]> } = {
  upstream: {
    group: "Backend",
    flag: "upstream",
    kind: upstreamUrl,
    meaning:
      "The gRPC server that calls go to: http://host:port speaks HTTP/2 without TLS (prior knowledge), https://host:port speaks it over TLS (ALPN h2). Of several addresses behind a name the first that answers is used.",
    change: "Always: it has no default.",
    elsewhere: "Envoy: the cluster's endpoint; gRPC: the channel's target.",
  },
  upstreamCaFile: {
    group: "Backend",
    flag: "upstream-ca",
    kind: orNull(file, "none"),
    fallback: null,
    meaning:
      "PEM file of the certificate authorities that the backend's certificate is checked against, in place of Node's own list.",
    change: "When the backend's certificate comes from an authority of your own.",
    elsewhere: "Envoy: validation_context.trusted_ca; gRPC: the root certificates of its SSL credentials.",
  },
  upstreamCertFile: {
    group: "Backend",
    flag: "upstream-cert",
    kind: orNull(file, "none"),
    fallback: null,
    meaning: "PEM file of the certificate, with its chain, that the bridge shows to the backend (mutual TLS).",
    change: "When the backend demands a client certificate.",
    elsewhere: "Envoy: UpstreamTlsContext, tls_certificates; gRPC: the key pair of its SSL credentials.",
  },
  upstreamKeyFile: {
    group: "Backend",
    flag: "upstream-key",
    kind: orNull(file, "none"),
    fallback: null,
    meaning: "PEM file of that certificate's private key.",
    change: "Together with the certificate.",
    elsewhere: "Envoy: tls_certificates.private_key.",
  },
  upstreamServerName: {
    group: "Backend",
    flag: "upstream-server-name",
    kind: orNull(hostName, "none"),
    fallback: null,
    meaning:
      "The host name that the backend's certificate must be for, and that is asked for in the TLS handshake (SNI); by default the host of --upstream.",
    change: "When the backend is reached by an address, or by another name than its certificate's.",
    elsewhere: "Envoy: UpstreamTlsContext.sni; gRPC: grpc.ssl_target_name_override.",
  },
  connectTimeoutMs: {
    group: "Backend",
    flag: "connect-timeout",
    kind: duration(1, 10 * minute),
    fallback: 5 * second,
    meaning: "How long a connection to the backend may take, TLS and HTTP/2 settings included.",
    change: "Raise it when the backend is far away; lower it to fail sooner.",
    elsewhere: "Envoy: connect_timeout (5 s); gRPC: 20 s, fixed.",
  },
  maxSessions: {
    group: "Backend",
    flag: "max-sessions",
    kind: count(1, 10_000),
    fallback: 16,
    meaning:
      "Connections to the backend that carry calls at most; as many are opened as the calls that wait need, when those that are open carry as many streams as the backend allows, or 1000 each. While connections that the backend has ended finish their calls, half as many again may be open, and one at least.",
    change: "Raise it when calls wait in the queue although the backend has room.",
    elsewhere: "Envoy: circuit breaker max_connections.",
  },
  maxQueued: {
    group: "Backend",
    flag: "max-queued",
    kind: count(0, 1_000_000),
    fallback: 1_024,
    meaning:
      "Calls that may wait for a stream to the backend, beyond those for which a connection is being made; further calls are answered UNAVAILABLE at once. One client address may hold half of the queue.",
    change: "Lower it to refuse sooner under overload.",
    elsewhere: "Envoy: circuit breaker max_pending_requests (1024).",
  },
  maxCallsPerClient: {
    group: "Limits",
    flag: "max-calls-per-client",
    kind: orNull(count(1, 1_000_000), "off"),
    fallback: null,
    meaning:
      "Calls that one client address may have open, in flight or waiting; further ones are answered RESOURCE_EXHAUSTED. An IPv6 address counts by its /64. Off, one address may still hold three quarters of what the backend carries at most, and half of the queue.",
    change:
      "When pages call the bridge directly, or --trusted-proxies names what stands before it: users behind one proxy share an address.",
    elsewhere: "nginx: limit_conn with $binary_remote_addr.",
  },
  listen: {
    group: "Clients",
    flag: "listen",
    kind: hostPort,
    fallback: "127.0.0.1:8080",
    meaning: "Where browsers call: HTTP/1.1 and HTTP/2 on one port. Port 0 picks a free one; the address is printed.",
    change: "To be reached from other machines (0.0.0.0:8080, [::]:8080), or when the port is taken.",
    elsewhere: "Envoy: a listener's address.",
  },
  corsOrigins: {
    group: "Clients",
    flag: "cors-origin",
    kind: originPatterns,
    fallback: [],
    meaning:
      "Origins whose pages may call, such as https://app.example, https://*.app.example, https://*-team.app.example, http://localhost:* or capacitor://localhost; * allows every origin but null. May be given several times. With none, pages on localhost may (its subdomains, 127.0.0.1 and [::1] too; http and https, any port).",
    change: "Always in production: name the origins of your pages.",
    elsewhere: "Envoy: CorsPolicy.allow_origin_string_match.",
  },
  corsCredentials: {
    group: "Clients",
    flag: "cors-credentials",
    kind: onOff,
    fallback: false,
    meaning:
      "Pages of the origins of --cors-origin may call with credentials (fetch with credentials: include), so that browsers send and keep cookies and present client certificates. Every origin must be written out then: no *, no null.",
    change: "When pages of another origin sign in by cookie; the bridge passes cookies on with --pass-cookies.",
    elsewhere: "Envoy: CorsPolicy.allow_credentials.",
  },
  passCookies: {
    group: "Clients",
    flag: "pass-cookies",
    kind: onOff,
    fallback: false,
    meaning:
      "The request's cookie goes to the backend, and the set-cookie of its response head to the browser. A page of another site cannot abuse a user's cookies by it (CSRF): the content types of gRPC-Web make browsers ask first (preflight), and only origins of --cors-origin are allowed. Every page of those origins acts as the user.",
    change: "When the backend itself reads cookies. Tokens in the authorization field need no setting.",
    elsewhere: "Envoy and nginx pass cookies by default.",
  },
  passHeaders: {
    group: "Clients",
    flag: "pass-header",
    kind: fieldNames,
    fallback: [],
    meaning:
      "Request fields that go to the backend although they are dropped by default: a name such as x-forwarded-proto, or the beginning of names such as x-envoy-*. What a login proxy or mesh says of the client and its user is dropped by default, since any client could say the same; with --trusted-proxies such a field is taken from those proxies alone. May be given several times. The table of all fields is docs/fields.md.",
    change:
      "When the backend needs what a proxy before the bridge writes. Make sure then that clients cannot reach the bridge past that proxy, or name it in --trusted-proxies.",
    elsewhere: "Envoy: internal_only_headers and header sanitizing; nginx: proxy_pass_request_headers.",
  },
  trustedProxies: {
    group: "Clients",
    flag: "trusted-proxies",
    kind: trustedProxies,
    fallback: [],
    meaning:
      "Proxies before the bridge, as CIDR ranges or the words loopback (127.0.0.0/8, ::1) and private (10/8, 172.16/12, 192.168/16, fc00::/7). Their x-forwarded-for (or forwarded) names the client, whose address the log shows and the backend gets in x-forwarded-for. The word none says that no proxy stands before the bridge: the backend gets the address of the connection. May be given several times. Without it the backend gets no address.",
    change:
      "When the backend, the log or limits per client need the client's address. Name proxies only: whoever is in the list can claim any address.",
    elsewhere: "Envoy: use_remote_address with original IP detection (xff_trusted_cidrs); nginx: set_real_ip_from.",
  },
  tlsCertFile: {
    group: "Clients",
    flag: "tls-cert",
    kind: orNull(file, "none"),
    fallback: null,
    meaning: "PEM file of the certificate, with its chain, that browsers are shown; with it the port speaks TLS alone.",
    change:
      "When nothing before the bridge ends TLS. Browsers speak HTTP/2 over TLS only, and without it open six connections at most.",
    elsewhere: "Envoy: tls_certificates.certificate_chain.",
  },
  tlsKeyFile: {
    group: "Clients",
    flag: "tls-key",
    kind: orNull(file, "none"),
    fallback: null,
    meaning: "PEM file of the certificate's private key.",
    change: "Together with the certificate.",
    elsewhere: "Envoy: tls_certificates.private_key.",
  },
  keepAliveTimeoutMs: {
    group: "Clients",
    flag: "keep-alive-timeout",
    kind: duration(1, day),
    fallback: 65 * second,
    meaning: "How long a connection stays open between calls.",
    change:
      "Keep it longer than the same limit of a load balancer before the bridge (often 60 s), or calls fail now and then.",
    elsewhere: "Envoy: common_http_protocol_options.idle_timeout (1 h); Node: server.keepAliveTimeout.",
  },
  maxRequestMessageBytes: {
    group: "Limits",
    flag: "max-request-message-bytes",
    kind: size(1, longestMessage),
    fallback: 4 * mebibyte,
    meaning: "The largest message that a client may send; a larger one is answered RESOURCE_EXHAUSTED.",
    change: "Raise it together with the backend's own limit.",
    elsewhere: "gRPC servers: grpc.max_receive_message_length (4 MiB).",
  },
  maxReplyMessageBytes: {
    group: "Limits",
    flag: "max-reply-message-bytes",
    kind: size(1, longestMessage),
    fallback: 4 * mebibyte,
    meaning: "The largest message that the backend may send; a larger one ends the call with RESOURCE_EXHAUSTED.",
    change: "Raise it together with the client's own limit: a page must hold a whole message in memory.",
    elsewhere: "gRPC clients: grpc.max_receive_message_length (4 MiB).",
  },
  maxHeadBytes: {
    group: "Limits",
    flag: "max-head-bytes",
    kind: size(1_024, longestHead),
    fallback: 16_384,
    meaning: "The largest request head: names and values of all its fields.",
    change: "Raise it when large cookies or tokens are refused with head-too-large, and the backend takes as much.",
    elsewhere: "Envoy: max_request_headers_kb (60); gRPC: grpc.max_metadata_size (8 to 16 KiB); Node: maxHeaderSize.",
  },
  headTimeoutMs: {
    group: "Limits",
    flag: "head-timeout",
    kind: duration(1, 10 * minute),
    fallback: 10 * second,
    meaning: "How long a client may take to send a request's head, and its TLS handshake.",
    change: "Raise it for clients on very slow networks.",
    elsewhere: "Envoy: request_headers_timeout; nginx: client_header_timeout; Node: server.headersTimeout.",
  },
  stallTimeoutMs: {
    group: "Limits",
    flag: "stall-timeout",
    kind: duration(second, day),
    fallback: 300 * second,
    meaning:
      "How long a call may wait for its client to read on, for the backend to take the request, for a stream to the backend while its upload is held back, or for a request message, which has a second more for every 8 KB of it that have come; then it is ended. The message counts from its first byte, and the first message of gRPC-Web from the head. A stream on which nothing is to be sent is never ended by it.",
    change: "Lower it when readers that stand still hold memory; raise it for clients that pause on purpose.",
    elsewhere: "Envoy: stream_flush_timeout, stream_idle_timeout (5 min, which ends silent streams too).",
  },
  maxBufferedBytes: {
    group: "Limits",
    flag: "max-buffered-bytes",
    kind: size(mebibyte, 1_048_576 * mebibyte),
    fallback: 256 * mebibyte,
    meaning:
      "How many bytes may be held in memory for all calls together whose other side does not read. Once they are more, the calls that have waited longest are ended until it is an eighth less.",
    change:
      "To half of the memory that the process may use: docs/operations.md has the arithmetic. Raise it for many slow readers of large answers.",
    elsewhere: "Envoy: overload manager, envoy.overload_actions.reset_high_memory_stream; gRPC: resource quota.",
  },
  maxConnections: {
    group: "Limits",
    flag: "max-connections",
    kind: count(1, 1_000_000),
    fallback: 10_000,
    meaning:
      "Open client connections at most; those beyond it are answered 503, or closed at once. The bridge lowers it by itself, with a warning, to what the process's limit of open files (ulimit -n) leaves.",
    change:
      "Raise it, together with ulimit -n, when causeway_connections_refused_total grows under loads that you want.",
    elsewhere: "Envoy: overload manager, global_downstream_max_connections.",
  },
  maxConnectionsPerAddress: {
    group: "Limits",
    flag: "max-connections-per-address",
    kind: orNull(count(1, 1_000_000), "auto"),
    fallback: null,
    meaning:
      "Open connections of one client address at most; for IPv6, of one /64 network. auto is a quarter of --max-connections, and no limit for loopback, where a proxy on the same machine stands; a number binds every address. Trusted proxies (--trusted-proxies) are never bound by it.",
    change:
      "Name the load balancers that carry all clients' connections in --trusted-proxies, or raise it to --max-connections; lower it against strangers who open many.",
    elsewhere: "nginx: limit_conn with $binary_remote_addr; HAProxy: src_conn_cur.",
  },
  maxConcurrentStreams: {
    group: "Limits",
    flag: "max-concurrent-streams",
    kind: count(1, 1_000_000),
    fallback: 256,
    meaning: "Calls that may be open on one HTTP/2 connection of a client at once.",
    change: "Raise it when one page, or a proxy before the bridge, holds more streams open on one connection.",
    elsewhere: "Envoy: http2_protocol_options.max_concurrent_streams; gRPC: grpc.max_concurrent_streams.",
  },
  admin: {
    group: "Operation",
    flag: "admin",
    kind: orNull(hostPort, "off"),
    fallback: "127.0.0.1:9901",
    meaning: "Where /healthz, /readyz and /metrics are served, without TLS; off serves them nowhere.",
    change: "To let probes and Prometheus reach it from other machines (0.0.0.0:9901). Never open it to the internet.",
    elsewhere: "Envoy: admin.address.",
  },
  adminHosts: {
    group: "Operation",
    flag: "admin-host",
    kind: hostNames,
    fallback: [],
    meaning:
      "Names under which /metrics is read, beside IP addresses, localhost and names that no web site can have (without a dot, or ending in .svc, .local, .internal and the like); * allows every name. May be given several times. Other names are refused, because a web page can make a browser ask for its own name and send it here.",
    change: "When Prometheus reaches the admin port by a name of the public DNS, and is answered 403.",
    elsewhere: "Webpack and Vite: allowedHosts.",
  },
  drainDelayMs: {
    group: "Operation",
    flag: "drain-delay",
    kind: orNull(duration(0, day), "auto"),
    fallback: null,
    meaning:
      "How long new calls are taken after SIGTERM while /readyz says 503 already, so that load balancers send calls elsewhere before the port closes. auto is 5s where other machines can reach the admin port, and 0ms where it is on loopback or off. Ctrl-C does not wait.",
    change:
      "When your load balancer asks for readiness less often than every two seconds: twice its interval, and more.",
    elsewhere: "Kubernetes: a preStop hook that sleeps; Envoy: /drain_listeners?graceful.",
  },
  graceMs: {
    group: "Operation",
    flag: "grace",
    kind: duration(0, day),
    fallback: 20 * second,
    meaning:
      "How long open calls may go on once no new ones are taken, after SIGTERM, SIGQUIT or Ctrl-C, before they are cut.",
    change:
      "Keep it and the drain delay together two seconds shorter than the time after which your platform kills the process (Kubernetes: 30 s; docker stop: 10 s).",
    elsewhere: "Envoy: --drain-time-s (600).",
  },
  accessLog: {
    group: "Operation",
    flag: "access-log",
    kind: lineTarget,
    fallback: "stderr",
    meaning: "Where one line of JSON per call goes: stderr, off, or a file that is appended to.",
    change: "When calls have to be kept apart from events, or are logged elsewhere already.",
    elsewhere: "Envoy: access_log.",
  },
  logLevel: {
    group: "Operation",
    flag: "log-level",
    kind: choice(["debug", "info", "warn", "error"]),
    fallback: "info",
    meaning:
      "The least severe events that are logged to stderr: debug, info, warn or error. It does not touch the access log.",
    change: "debug while you look for a fault; warn where logs are costly.",
    elsewhere: "Envoy: --log-level; gRPC: GRPC_VERBOSITY.",
  },
}
