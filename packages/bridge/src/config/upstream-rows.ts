import type { BreakerConfig, EndpointConfig, UpstreamConfig, UpstreamTlsConfig } from "../upstream/upstream-config.ts"
import { defaultKeepaliveMs } from "../upstream/keepalive.ts"
import { listOf, pairs, switched } from "./file/collections.ts"
import type { Rows, Section } from "./file/section.ts"
import { section } from "./file/section.ts"
import { leaf } from "./file/shape.ts"
import { count, duration, orNull, secretFile } from "./kind.ts"
import { balancing } from "./balancing-rows.ts"
import { healthRows } from "./health-rows.ts"
import { outlierRows } from "./outlier-rows.ts"
import { tlsRows } from "./upstream-tls-rows.ts"
import type { UpstreamDefaults } from "./upstream-defaults.ts"
import { authority, binaryProblem, editedName, endpointAddress, metadataValue, oneLine } from "./upstream-kinds.ts"
import { checkOutlier, checkTls, checkUpstream, withTls } from "./upstream-rules.ts"

const second = 1_000
const minute = 60 * second
const day = 24 * 60 * minute

/** The fields of an upstream without its name, which is its key in the file. */
export type UpstreamFields = Omit<UpstreamConfig, "name">

const endpointRows: Rows<EndpointConfig> = {
  address: {
    name: "address",
    shape: leaf(endpointAddress),
    meaning:
      "http://host:port, https://host:port, host:port, dns:///name:port (each address of the name is an endpoint), dns+srv:///_grpc._tcp.name or unix:/path. A plain text in place of the section is an address.",
    elsewhere: "Envoy: lb_endpoints.endpoint.address; gRPC: the target's scheme.",
  },
  weight: {
    name: "weight",
    shape: leaf(count(1, 1_000)),
    fallback: 1,
    meaning: "Its share of calls beside the other endpoints, for the policies weighted and ring-hash.",
    change: "If some backends are larger than others.",
    elsewhere: "Envoy: load_balancing_weight.",
  },
  zone: {
    name: "zone",
    shape: leaf(orNull(oneLine, "none")),
    fallback: null,
    meaning:
      "The zone or cluster that it runs in. Calls stay in the zone of balancing.zone while endpoints there are healthy.",
    change: "If endpoints run in several zones.",
    elsewhere: "Envoy: locality.zone.",
  },
  priority: {
    name: "priority",
    shape: leaf(count(0, 127)),
    fallback: 0,
    meaning: "0 comes first. The next priority gets calls as this one fails.",
    change: "For endpoints that are used only when others fail.",
    elsewhere: "Envoy: LocalityLbEndpoints.priority.",
  },
}

const endpoint: Section<EndpointConfig> = section(endpointRows, { short: "address" })

function breakerRows(defaults: UpstreamDefaults): Rows<BreakerConfig> {
  return {
    maxSessions: {
      name: "max-sessions",
      shape: leaf(count(1, 10_000)),
      fallback: defaults.maxSessions,
      meaning: "Limit of connections to one endpoint that accept calls.",
      elsewhere: "Envoy: max_connections.",
    },
    maxQueued: {
      name: "max-queued",
      shape: leaf(count(0, 1_000_000)),
      fallback: defaults.maxQueued,
      meaning: "Limit of calls that wait for a stream. Further calls are answered UNAVAILABLE at once.",
      elsewhere: "Envoy: max_pending_requests (1024).",
    },
    maxInFlight: {
      name: "max-in-flight",
      shape: leaf(orNull(count(1, 10_000_000), "none")),
      fallback: null,
      meaning: "Limit of calls in flight. Without it only the streams of the connections limit them.",
      elsewhere: "Envoy: max_requests (1024).",
    },
    maxRetries: {
      name: "max-retries",
      shape: leaf(orNull(count(0, 1_000_000), "none")),
      fallback: null,
      meaning: "Limit of retries in flight. Without it only the retry budget limits them.",
      elsewhere: "Envoy: max_retries (3).",
    },
  }
}

/** The section of one upstream. */
export function upstreamSection(defaults: UpstreamDefaults): Section<UpstreamFields> {
  const tls = section(tlsRows(defaults), { rules: checkTls })
  return section(upstreamRows(defaults, tls), { rules: checkUpstream, finish: (value) => withTls(value, tls.defaults) })
}

function upstreamRows(defaults: UpstreamDefaults, tls: Section<UpstreamTlsConfig>): Rows<UpstreamFields> {
  const breaker = section(breakerRows(defaults))
  return {
    endpoints: {
      name: "endpoints",
      shape: listOf(endpoint, false),
      meaning: "The backends that serve the calls. All speak TLS, or none does.",
      elsewhere: "Envoy: load_assignment.endpoints.",
    },
    tls: {
      name: "tls",
      shape: switched(tls),
      fallback: null,
      meaning:
        "TLS to the endpoints (ALPN h2). on is the same as https:// in every address. Off by default if no address begins with https://.",
      elsewhere: "Envoy: transport_socket, UpstreamTlsContext.",
    },
    authority: {
      name: "authority",
      shape: leaf(orNull(authority, "none")),
      fallback: null,
      meaning: ":authority of calls. Without it: host and port of the endpoint, as they are written.",
      change: "If backends choose by :authority, and the endpoints are addresses.",
      elsewhere: "Envoy: auto_host_rewrite, host_rewrite_literal; gRPC: grpc.default_authority.",
    },
    balancing: {
      name: "balancing",
      shape: balancing,
      fallback: balancing.defaults,
      meaning: "How calls are spread over the endpoints.",
      elsewhere: "Envoy: load_balancing_policy.",
    },
    health: {
      name: "health",
      shape: switched(section(healthRows)),
      fallback: null,
      meaning: "Active checks by grpc.health.v1, over the connections that calls use.",
      change: "If backends implement grpc.health.v1.",
      elsewhere: "Envoy: health_checks.",
    },
    outlier: {
      name: "outlier",
      shape: switched(section(outlierRows, { rules: checkOutlier })),
      fallback: null,
      meaning: "Ejects endpoints by their answers for a time.",
      change: "With three endpoints or more, if one of them may fail alone.",
      elsewhere: "Envoy: outlier_detection; gRPC: outlier_detection_experimental (gRFC A50).",
    },
    breaker: {
      name: "breaker",
      shape: breaker,
      fallback: breaker.defaults,
      meaning: "Limits beyond which calls are refused rather than held.",
      elsewhere: "Envoy: circuit_breakers.thresholds.",
    },
    keepaliveMs: {
      name: "keepalive",
      shape: leaf(duration(second, day)),
      fallback: defaultKeepaliveMs,
      meaning:
        "Time without a byte, while calls wait, after which a PING asks whether the backend is there. Its answer may take as long, 20 s at most; then the connection is given up.",
      elsewhere: "gRPC: GRPC_ARG_KEEPALIVE_TIME_MS; Envoy: connection_keepalive.interval.",
    },
    connectTimeoutMs: {
      name: "connect-timeout",
      shape: leaf(duration(1, 10 * minute)),
      fallback: defaults.connectTimeoutMs,
      meaning: "Time limit for opening a connection, including TLS and HTTP/2 settings.",
      elsewhere: "Envoy: connect_timeout (5 s).",
    },
    idleTimeoutMs: {
      name: "idle-timeout",
      shape: leaf(orNull(duration(second, day), "never")),
      fallback: null,
      meaning:
        "Time without a call, up to a quarter more, after which the connections of the upstream close. The next call connects again, and waits for it. Unhealthy endpoints keep their connections, since health checks need them.",
      change: "For upstreams that are seldom used.",
      elsewhere: "Envoy: common_http_protocol_options.idle_timeout; gRPC: the channel's idle timeout (30 min).",
    },
    metadata: {
      name: "metadata",
      shape: pairs(editedName, metadataValue, binaryProblem),
      fallback: [],
      meaning:
        "Names and values that every call gets, such as credentials. ${VARIABLE} and ${file:/path} are filled in. The values are never shown.",
      elsewhere: "Envoy: request_headers_to_add.",
    },
    tokenFile: {
      name: "token-file",
      shape: leaf(orNull(secretFile, "none")),
      fallback: null,
      meaning: "File whose content is sent as authorization: Bearer. It is read again when it changes.",
      elsewhere: "gRPC: call credentials; Kubernetes: a projected service account token.",
    },
  }
}
