import type { BalancingConfig } from "../upstream/upstream-config.ts"
import type { Rows, Section } from "./file/section.ts"
import { section } from "./file/section.ts"
import { leaf } from "./file/shape.ts"
import { hashSourceOrNone } from "./hash-rows.ts"
import { choice, count, duration, onOff, orNull } from "./kind.ts"
import { oneLine, share } from "./upstream-kinds.ts"
import { checkBalancing } from "./upstream-rules.ts"

const second = 1_000
const minute = 60 * second

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

/** How calls are spread over the endpoints of an upstream. */
export const balancing: Section<BalancingConfig> = section(balancingRows, { short: "policy", rules: checkBalancing })
