import { count, duration, orNull, size } from "./kind.ts"
import type { SettingsOf } from "./setting.ts"

const second = 1_000
const minute = 60 * second
const day = 24 * 60 * minute
const mebibyte = 1 << 20
/** nghttp2, which many backends use, accepts a head of ten frames at most. Beyond it nghttp2 ends the connection with all its calls. */
const longestHead = 131_072
/** The limit of most gRPC implementations, which count in 31 bits. */
const longestMessage = 2_048 * mebibyte

/** The limits of messages, memory, time, calls and connections. */
export const limitSettings: SettingsOf<
  | "maxCallsPerClient"
  | "maxRequestMessageBytes"
  | "maxReplyMessageBytes"
  | "maxHeadBytes"
  | "headTimeoutMs"
  | "stallTimeoutMs"
  | "maxBufferedBytes"
  | "maxConnections"
  | "maxConnectionsPerAddress"
  | "maxConcurrentStreams"
> = {
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
}
