import { nearest } from "./nearest.ts"

/** Names of Envoy's configuration, and those that a file of the bridge has for them. */
const envoyNames: ReadonlyMap<string, string> = new Map([
  ["clusters", "upstreams"],
  ["cluster", "upstream"],
  ["weighted_clusters", "weights"],
  ["hosts", "endpoints"],
  ["lb_endpoints", "endpoints"],
  ["load_assignment", "endpoints"],
  ["lb_policy", "balancing"],
  ["health_checks", "health"],
  ["outlier_detection", "outlier"],
  ["circuit_breakers", "breaker"],
  ["transport_socket", "tls"],
  ["listeners", "listen"],
  ["access_log", "telemetry"],
  ["path", "service"],
  ["prefix", "service"],
  ["timeout", "timeouts"],
  ["retry_policy", "retry"],
  ["hedge_policy", "hedging"],
  ["direct_response", "answer"],
  ["prefix_rewrite", "strip-prefix"],
  ["host_rewrite_literal", "host"],
  ["request_mirror_policies", "mirror"],
  ["hash_policy", "sticky"],
  ["request_headers_to_add", "metadata"],
  ["request_headers_to_remove", "metadata"],
])

/** The known name that an unknown one of a file most likely means. Null: none is near. */
export function meantName(name: string, known: readonly string[]): string | null {
  const ours = envoyNames.get(name)
  return ours !== undefined && known.includes(ours) ? ours : nearest(name, known)
}
