import type {
  BalancingConfig,
  BreakerConfig,
  EndpointConfig,
  FailurePercentageConfig,
  HealthCheckConfig,
  OutlierConfig,
  SuccessRateConfig,
  UpstreamConfig,
  UpstreamTlsConfig,
} from "../upstream/upstream-config.ts"
import { defaultKeepaliveMs } from "../upstream/keepalive.ts"
import { listOf, pairs, switched } from "./file/collections.ts"
import type { Rows, Section } from "./file/section.ts"
import { section } from "./file/section.ts"
import { leaf } from "./file/shape.ts"
import { hashSourceOrNone } from "./hash-rows.ts"
import { choice, count, duration, file, hostName, list, onOff, orNull } from "./kind.ts"
import {
  authority,
  binaryProblem,
  editedName,
  decimal,
  endpointAddress,
  metadataValue,
  oneLine,
  share,
} from "./upstream-kinds.ts"
import { checkBalancing, checkOutlier, checkTls, checkUpstream, withTls } from "./upstream-rules.ts"

const second = 1_000
const minute = 60 * second
const day = 24 * 60 * minute

/** Settings of every upstream that has none of its own. They come from `upstream-defaults`, the flags and the variables. */
export interface UpstreamDefaults {
  readonly upstreamCaFile: string | null
  readonly upstreamCertFile: string | null
  readonly upstreamKeyFile: string | null
  readonly upstreamServerName: string | null
  readonly connectTimeoutMs: number
  readonly maxSessions: number
  readonly maxQueued: number
}

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

const balancingRows: Rows<BalancingConfig> = {
  policy: {
    name: "policy",
    shape: leaf(choice(["round-robin", "least-requests", "weighted", "ring-hash"])),
    fallback: "least-requests",
    meaning:
      "How calls are spread: round-robin takes endpoints in turn; least-requests takes the less busy of two; weighted follows the weights; ring-hash sends calls with the same hash to the same endpoint. A plain word in place of the section is a policy.",
    elsewhere: "Envoy: lb_policy; gRPC: loadBalancingConfig.",
  },
  hash: {
    name: "hash",
    shape: hashSourceOrNone,
    fallback: null,
    meaning: "The part of a call whose hash chooses the endpoint: header: NAME or cookie: NAME. Needed by ring-hash.",
    elsewhere: "Envoy: hash_policy.",
  },
  usesLoadReports: {
    name: "load-reports",
    shape: leaf(onOff),
    fallback: false,
    meaning: "Weights follow the load that backends report (ORCA). For the policy weighted.",
    elsewhere: "gRPC: weighted_round_robin (gRFC A58).",
  },
  slowStartMs: {
    name: "slow-start",
    shape: leaf(duration(0, 60 * minute)),
    fallback: 0,
    meaning: "Time over which the share of a new endpoint grows. 0ms: it gets its whole share at once.",
    change: "If backends are slow until their caches are warm.",
    elsewhere: "Envoy: slow_start_config.slow_start_window.",
  },
  subsetSize: {
    name: "subset-size",
    shape: leaf(orNull(count(1, 100_000), "all")),
    fallback: null,
    meaning: "Number of endpoints that this bridge uses. Different bridges use different ones.",
    change: "If hundreds of bridges would each connect to hundreds of endpoints.",
    elsewhere: "gRPC: deterministic subsetting (gRFC A68).",
  },
  zone: {
    name: "zone",
    shape: leaf(orNull(oneLine, "none")),
    fallback: null,
    meaning: "The zone that this bridge runs in. Endpoints there come first.",
    elsewhere: "Envoy: zone-aware routing, node.locality.",
  },
  panicThreshold: {
    name: "panic-threshold",
    shape: leaf(share),
    fallback: 0.5,
    meaning:
      "Share of healthy endpoints below which health is ignored and all endpoints get calls, so that the few healthy ones are not overrun.",
    elsewhere: "Envoy: healthy_panic_threshold (50%).",
  },
}

const balancing: Section<BalancingConfig> = section(balancingRows, { short: "policy", rules: checkBalancing })

const healthRows: Rows<HealthCheckConfig> = {
  service: {
    name: "service",
    shape: leaf({ ...oneLine, toText: (value) => value }),
    fallback: "",
    meaning: 'The service whose health is asked for. The empty text "" asks for the whole server.',
    elsewhere: "Envoy: grpc_health_check.service_name; gRPC: healthCheckConfig.serviceName.",
  },
  watch: {
    name: "watch",
    shape: leaf(onOff),
    fallback: false,
    meaning: "Health.Watch on one stream, in place of Health.Check at intervals.",
    elsewhere: "gRPC clients always watch.",
  },
  intervalMs: {
    name: "interval",
    shape: leaf(duration(100, 60 * minute)),
    fallback: 10 * second,
    meaning: "Time between two checks of an endpoint.",
    elsewhere: "Envoy: interval.",
  },
  timeoutMs: {
    name: "timeout",
    shape: leaf(duration(1, minute)),
    fallback: second,
    meaning: "Time limit for the answer to a check.",
    elsewhere: "Envoy: timeout.",
  },
  unhealthyAfter: {
    name: "unhealthy-after",
    shape: leaf(count(1, 100)),
    fallback: 3,
    meaning: "Failed checks in a row after which an endpoint gets no more calls.",
    elsewhere: "Envoy: unhealthy_threshold.",
  },
  healthyAfter: {
    name: "healthy-after",
    shape: leaf(count(1, 100)),
    fallback: 2,
    meaning: "Good checks in a row after which it gets calls again.",
    elsewhere: "Envoy: healthy_threshold.",
  },
}

const successRateRows: Rows<SuccessRateConfig> = {
  stdevFactor: {
    name: "stdev-factor",
    shape: leaf(decimal(0, 100)),
    fallback: 1.9,
    meaning: "Standard deviations below the mean rate of successes at which an endpoint is ejected.",
    elsewhere: "gRFC A50: stdev_factor (1900, in thousandths).",
  },
  ...ejectionRows(100),
}

const failurePercentageRows: Rows<FailurePercentageConfig> = {
  thresholdShare: {
    name: "threshold",
    shape: leaf(share),
    fallback: 0.85,
    meaning: "Share of failed calls above which an endpoint is ejected.",
    elsewhere: "gRFC A50: threshold (85).",
  },
  ...ejectionRows(50),
}

function ejectionRows(
  requestVolume: number,
): Rows<Pick<SuccessRateConfig, "enforcementShare" | "minimumHosts" | "requestVolume">> {
  return {
    enforcementShare: {
      name: "enforcement",
      shape: leaf(share),
      fallback: 1,
      meaning: "Share of the found endpoints that are really ejected.",
      change: "Lower it to try the numbers out.",
      elsewhere: "gRFC A50: enforcement_percentage (100).",
    },
    minimumHosts: {
      name: "minimum-hosts",
      shape: leaf(count(1, 100_000)),
      fallback: 5,
      meaning: "Number of endpoints with enough calls below which none is ejected.",
      elsewhere: "gRFC A50: minimum_hosts (5).",
    },
    requestVolume: {
      name: "request-volume",
      shape: leaf(count(1, 1_000_000)),
      fallback: requestVolume,
      meaning: "Number of calls in an interval below which an endpoint is not judged.",
      elsewhere: `gRFC A50: request_volume (${requestVolume}).`,
    },
  }
}

const [successRate, failurePercentage] = [section(successRateRows), section(failurePercentageRows)]

const outlierRows: Rows<OutlierConfig> = {
  intervalMs: {
    name: "interval",
    shape: leaf(duration(100, 60 * minute)),
    fallback: 10 * second,
    meaning: "Time between two judgements.",
    elsewhere: "gRFC A50: interval (10 s).",
  },
  baseEjectionMs: {
    name: "base-ejection",
    shape: leaf(duration(1, day)),
    fallback: 30 * second,
    meaning: "Time of an ejection, multiplied by how often the endpoint was ejected in a row.",
    elsewhere: "gRFC A50: base_ejection_time (30 s).",
  },
  maxEjectionMs: {
    name: "max-ejection",
    shape: leaf(duration(1, day)),
    fallback: 300 * second,
    meaning: "The longest time of an ejection.",
    elsewhere: "gRFC A50: max_ejection_time (300 s).",
  },
  maxEjectionShare: {
    name: "max-ejected",
    shape: leaf(share),
    fallback: 0.1,
    meaning: "Share of the endpoints that may be ejected at one time. One may always be.",
    elsewhere: "gRFC A50: max_ejection_percent (10).",
  },
  successRate: {
    name: "success-rate",
    shape: switched(successRate),
    fallback: successRate.defaults,
    meaning: "Ejects endpoints whose rate of successes is far below the mean.",
    elsewhere: "gRFC A50: success_rate_ejection.",
  },
  failurePercentage: {
    name: "failure-percentage",
    shape: switched(failurePercentage),
    fallback: failurePercentage.defaults,
    meaning: "Ejects endpoints that fail more than a share of their calls.",
    elsewhere: "gRFC A50: failure_percentage_ejection.",
  },
}

function tlsRows(defaults: UpstreamDefaults): Rows<UpstreamTlsConfig> {
  return {
    caFile: {
      name: "ca",
      shape: leaf(orNull(file, "none")),
      fallback: defaults.upstreamCaFile,
      meaning: "PEM file of the certificate authorities that the bridge trusts, in place of Node's own list.",
      elsewhere: "Envoy: validation_context.trusted_ca.",
    },
    certFile: {
      name: "cert",
      shape: leaf(orNull(file, "none")),
      fallback: defaults.upstreamCertFile,
      meaning: "PEM file of the certificate, with its chain, that the bridge shows to the backends (mutual TLS).",
      elsewhere: "Envoy: tls_certificates.certificate_chain.",
    },
    keyFile: {
      name: "key",
      shape: leaf(orNull(file, "none")),
      fallback: defaults.upstreamKeyFile,
      meaning: "PEM file of that certificate's private key.",
      elsewhere: "Envoy: tls_certificates.private_key.",
    },
    serverName: {
      name: "server-name",
      shape: leaf(orNull(hostName, "none")),
      fallback: defaults.upstreamServerName,
      meaning:
        "The name in the handshake (SNI), which the certificate must be for. Without it: the host of the endpoint.",
      elsewhere: "Envoy: UpstreamTlsContext.sni; gRPC: grpc.ssl_target_name_override.",
    },
    subjectAltNames: {
      name: "subject-alt-names",
      shape: leaf(subjectAltNames),
      fallback: [],
      meaning: "Names of which the certificate must have one. Without them: server-name.",
      elsewhere: "Envoy: match_typed_subject_alt_names.",
    },
    minVersion: {
      name: "min-version",
      shape: leaf({ ...choice(["1.2", "1.3"]), json: { enum: ["1.2", "1.3", 1.2, 1.3] } }),
      fallback: "1.2",
      meaning: "The oldest version of TLS that is spoken.",
      elsewhere: "Envoy: tls_params.tls_minimum_protocol_version.",
    },
  }
}

const subjectAltNames = list("NAME", "a host name such as users.internal", (value) =>
  value !== "" && value.length <= 253 && /^[\x21-\x7e]+$/.test(value)
    ? null
    : `${JSON.stringify(value)} is no name of a certificate: expected a host name such as users.internal, or a URI such as spiffe://cluster.local/ns/users`,
)

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
      shape: leaf(orNull(file, "none")),
      fallback: null,
      meaning: "File whose content is sent as authorization: Bearer. It is read again when it changes.",
      elsewhere: "gRPC: call credentials; Kubernetes: a projected service account token.",
    },
  }
}
