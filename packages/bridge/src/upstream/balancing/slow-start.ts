import type { Candidate } from "./candidate.ts"

/** Share of its full weight with which an endpoint begins (Envoy: `min_weight_percent`). */
const minFactor = 0.1

/**
 * The part of its weight that an endpoint has while it warms up, above 0 and up to 1. It grows in a straight line (Envoy's slow
 * start with an aggression of 1). `slowStartMs` 0: always 1.
 */
export function slowStartFactor(candidate: Candidate, slowStartMs: number, nowMs: number): number {
  if (slowStartMs === 0) return 1
  const sinceMs = nowMs - candidate.readySinceMs
  return sinceMs >= slowStartMs ? 1 : Math.max(minFactor, Math.max(sinceMs, 1_000) / slowStartMs)
}
