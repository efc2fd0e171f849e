import type { BalancingConfig } from "../upstream-config.ts"
import type { Candidate, Choice, LevelShare, Pick, Policy } from "./candidate.ts"
import { LeastRequests } from "./least-requests.ts"
import { Levels } from "./levels.ts"
import { RingHash } from "./ring-hash.ts"
import { RoundRobin } from "./round-robin.ts"
import { Weighted } from "./weighted.ts"

/** Chooses endpoints for calls. */
export interface Balancer<C extends Candidate> {
  /** Replaces the candidates. One with the key of an earlier one keeps its place. */
  update(candidates: readonly C[]): void
  /** `nowMs` is monotonic. */
  pick(pick: Pick, nowMs: number): Choice<C>
  /** The share of calls of each level, in order. For the admin port. */
  shares(nowMs: number): readonly LevelShare[]
}

/** Spreads calls by their number, without zones. */
const usual: BalancingConfig = {
  policy: "least-requests",
  hash: null,
  usesLoadReports: false,
  slowStartMs: 0,
  subsetSize: null,
  zone: null,
  panicThreshold: 0.5,
}

/** `random` returns a number from 0 to below 1. docs/decisions/0020-balancing.md explains the rules. */
export function createBalancer<C extends Candidate>(
  config: BalancingConfig = usual,
  random: () => number = Math.random,
): Balancer<C> {
  return new Levels<C>(() => createPolicy(config, random), config, random)
}

function createPolicy<C extends Candidate>(config: BalancingConfig, random: () => number): Policy<C> {
  switch (config.policy) {
    case "round-robin":
      return new RoundRobin(config.slowStartMs, random)
    case "least-requests":
      return new LeastRequests(config.slowStartMs, random)
    case "weighted":
      return new Weighted(config, random)
    case "ring-hash":
      return new RingHash()
  }
}
