import type { HedgingConfig, RetryBudgetConfig, RetryConfig } from "../core/retry-config.ts"
import type { MirrorConfig, RouteConfig, RouteLimits, RouteMetadata, RouteTimeouts } from "../routing/route-config.ts"
import { listOf, pairs, switched } from "./file/collections.ts"
import type { Rows, Section } from "./file/section.ts"
import { section } from "./file/section.ts"
import { leaf } from "./file/shape.ts"
import { count, duration, orNull, size } from "./kind.ts"
import { actionNames, routeAction } from "./route-action.ts"
import { routeMatch } from "./route-match.ts"
import { checkHedging, checkRetry, checkRoute, checkTimeouts } from "./route-rules.ts"
import { upstreamReference } from "./upstream-reference.ts"
import {
  authority,
  binaryProblem,
  editedName,
  decimal,
  metadataValue,
  name,
  pathPrefix,
  statusCode,
} from "./upstream-kinds.ts"

const second = 1_000
const day = 86_400 * second
const unavailable = 14

const budgetRows: Rows<RetryBudgetConfig> = {
  maxTokens: {
    name: "max-tokens",
    shape: leaf(count(1, 1_000)),
    fallback: 100,
    meaning:
      "Size of the bucket. A failure takes one token; no attempt is repeated while half of them or fewer are left.",
    elsewhere: "gRPC: retryThrottling.maxTokens.",
  },
  tokenRatio: {
    name: "token-ratio",
    shape: leaf(decimal(0.001, 1_000)),
    fallback: 0.1,
    meaning: "Tokens that a success gives back.",
    elsewhere: "gRPC: retryThrottling.tokenRatio.",
  },
}

const budget: Section<RetryBudgetConfig> = section(budgetRows)

const maxAttempts = {
  name: "max-attempts",
  shape: leaf(count(2, 5)),
  meaning: "All attempts, the first one included.",
  elsewhere: "gRPC: maxAttempts.",
} as const

const budgetRow = {
  name: "budget",
  shape: budget,
  fallback: budget.defaults,
  meaning: "Token bucket that all calls of the upstream share, so that repeated attempts cannot overload it.",
  elsewhere: "gRPC: retryThrottling.",
} as const

const retryRows: Rows<RetryConfig> = {
  maxAttempts: { ...maxAttempts, fallback: 3 },
  initialBackoffMs: {
    name: "initial-backoff",
    shape: leaf(duration(1, day)),
    fallback: 100,
    meaning: "The longest pause before the second attempt. The pause is random, up to this time.",
    elsewhere: "gRPC: initialBackoff.",
  },
  maxBackoffMs: {
    name: "max-backoff",
    shape: leaf(duration(1, day)),
    fallback: second,
    meaning: "The longest pause before any attempt.",
    elsewhere: "gRPC: maxBackoff.",
  },
  backoffMultiplier: {
    name: "backoff-multiplier",
    shape: leaf(decimal(1, 100)),
    fallback: 2,
    meaning: "Factor by which the longest pause grows with each attempt.",
    elsewhere: "gRPC: backoffMultiplier.",
  },
  codes: {
    name: "codes",
    shape: listOf(leaf(statusCode), false),
    fallback: [unavailable],
    meaning: "Status codes after which the call is tried again.",
    change: "Add codes only if the methods of the route may run twice.",
    elsewhere: "gRPC: retryableStatusCodes; Envoy: retry_on.",
  },
  perAttemptMs: {
    name: "per-attempt-timeout",
    shape: leaf(orNull(duration(1, day), "none")),
    fallback: null,
    meaning:
      "Time that a backend has for its response headers, in each attempt. An attempt that takes longer counts as UNAVAILABLE. Without it only the call's deadline counts.",
    elsewhere: "Envoy: per_try_timeout.",
  },
  budget: budgetRow,
}

const hedgingRows: Rows<HedgingConfig> = {
  maxAttempts: { ...maxAttempts, fallback: 2 },
  delayMs: {
    name: "delay",
    shape: leaf(duration(0, day)),
    fallback: 100,
    meaning: "Time after which the next attempt starts beside the others.",
    elsewhere: "gRPC: hedgingDelay.",
  },
  nonFatalCodes: {
    name: "non-fatal-codes",
    shape: listOf(leaf(statusCode), true),
    fallback: [unavailable],
    meaning: "Status codes after which the next attempt starts at once. Any other status ends the call.",
    elsewhere: "gRPC: nonFatalStatusCodes.",
  },
  budget: budgetRow,
}

const timeoutRows: Rows<RouteTimeouts> = {
  maxMs: {
    name: "max",
    shape: leaf(orNull(duration(1, 365 * day), "none")),
    fallback: null,
    meaning:
      "The longest time that a client may ask for. A call without a deadline gets it too, unless default is set.",
    elsewhere: "Envoy: max_stream_duration.grpc_timeout_header_max.",
  },
  defaultMs: {
    name: "default",
    shape: leaf(orNull(duration(1, 365 * day), "none")),
    fallback: null,
    meaning: "Deadline of a call whose client gives none.",
    elsewhere: "Envoy: timeout; gRPC: the timeout of a method's service config.",
  },
}

const limitRows: Rows<RouteLimits> = {
  maxRequestMessageBytes: {
    name: "request-message",
    shape: leaf(orNull(size(1, 2 ** 31), "inherit")),
    fallback: null,
    meaning: "The largest message that a client may send on this route. Without it limits.request-message counts.",
    elsewhere: "gRPC: maxRequestMessageBytes.",
  },
  maxReplyMessageBytes: {
    name: "reply-message",
    shape: leaf(orNull(size(1, 2 ** 31), "inherit")),
    fallback: null,
    meaning: "The largest message that a backend may send on this route. Without it limits.reply-message counts.",
    elsewhere: "gRPC: maxResponseMessageBytes.",
  },
}

const metadataRows: Rows<RouteMetadata> = {
  add: {
    name: "add",
    shape: pairs(editedName, metadataValue, binaryProblem),
    fallback: [],
    meaning:
      "Names and values that the call gets, in place of those that the client sent under them, also with _ or . for -. ${VARIABLE} and ${file:/path} are filled in. The values are never shown.",
    elsewhere: "Envoy: request_headers_to_add.",
  },
  remove: {
    name: "remove",
    shape: listOf(leaf(editedName), true),
    fallback: [],
    meaning: "Fields of the client that the backend does not get, also with _ or . for -.",
    elsewhere: "Envoy: request_headers_to_remove.",
  },
  require: {
    name: "require",
    shape: listOf(leaf(editedName), true),
    fallback: [],
    meaning: "Fields without which a call is refused.",
    elsewhere: "Envoy: a header match with present_match.",
  },
}

const mirrorRows: Rows<MirrorConfig> = {
  upstream: {
    name: "upstream",
    shape: upstreamReference,
    meaning: "The upstream that gets the copies. Its breaker and its timeouts hold for them.",
    elsewhere: "Envoy: request_mirror_policies.cluster.",
  },
  percent: {
    name: "percent",
    shape: leaf(decimal(0, 100)),
    fallback: 100,
    meaning: "Percentage of the calls that are copied, chosen at random.",
    change: "Lower it if the mirror cannot take all calls.",
    elsewhere: "Envoy: request_mirror_policies.runtime_fraction.",
  },
}

const [timeouts, limits, metadata] = [
  section(timeoutRows, { rules: checkTimeouts }),
  section(limitRows),
  section(metadataRows),
]

const routeRows: Rows<RouteConfig> = {
  name: {
    name: "name",
    shape: leaf(name),
    meaning: "The name of the route, in logs, metrics and messages. Each name occurs once.",
    elsewhere: "Envoy: Route.name.",
  },
  match: {
    name: "match",
    shape: routeMatch,
    fallback: routeMatch.defaults,
    meaning: "The conditions; all must hold. Without them the route takes every call.",
    elsewhere: "Envoy: Route.match.",
  },
  action: {
    name: "action",
    inline: actionNames,
    shape: routeAction,
    meaning: "What becomes of the calls: an upstream, weights of several upstreams, or a static answer.",
    elsewhere: "Envoy: route.cluster, route.weighted_clusters, direct_response.",
  },
  timeouts: {
    name: "timeouts",
    shape: timeouts,
    fallback: timeouts.defaults,
    meaning: "Deadlines of the calls. They cover waiting, connecting and all attempts together.",
    elsewhere: "Envoy: max_stream_duration.",
  },
  retry: {
    name: "retry",
    shape: switched(section(retryRows, { rules: checkRetry })),
    fallback: null,
    meaning: "Attempts one after the other (gRFC A6), until the backend sends response headers.",
    change: "If the methods of the route may run twice.",
    elsewhere: "gRPC: retryPolicy; Envoy: retry_policy.",
  },
  hedging: {
    name: "hedging",
    shape: switched(section(hedgingRows, { rules: checkHedging })),
    fallback: null,
    meaning: "Several attempts at the same time (gRFC A6); the first answer counts.",
    change: "For reads whose slowest answers matter. It costs load.",
    elsewhere: "gRPC: hedgingPolicy; Envoy: hedge_policy.",
  },
  limits: {
    name: "limits",
    shape: limits,
    fallback: limits.defaults,
    meaning: "Limits of this route in place of the bridge's.",
    elsewhere: "gRPC: the message limits of a method's service config.",
  },
  metadata: {
    name: "metadata",
    shape: metadata,
    fallback: metadata.defaults,
    meaning: "Changes to the metadata of the calls.",
    elsewhere: "Envoy: request_headers_to_add, request_headers_to_remove.",
  },
  stripPrefix: {
    name: "strip-prefix",
    shape: leaf(orNull(pathPrefix, "none")),
    fallback: null,
    meaning:
      "The beginning of the path that is cut off before service and method are read, such as /api. Calls without it are not of this route.",
    change: "If pages call the bridge below a path.",
    elsewhere: "Envoy: prefix_rewrite.",
  },
  host: {
    name: "host",
    shape: leaf(orNull(authority, "none")),
    fallback: null,
    meaning: ":authority of the calls to the backend, in place of the upstream's.",
    elsewhere: "Envoy: host_rewrite_literal.",
  },
  mirror: {
    name: "mirror",
    shape: switched(section(mirrorRows, { short: "upstream" })),
    fallback: null,
    meaning:
      "A second upstream that gets a copy of the calls. Its answers are dropped and never waited for; a copy that it does not take is given up. A name alone stands for its upstream.",
    change: "To try a new version with real calls, whose methods may run twice.",
    elsewhere: "Envoy: request_mirror_policies.",
  },
}

/** The section of one route. */
export const route: Section<RouteConfig> = section(routeRows, { rules: checkRoute })
