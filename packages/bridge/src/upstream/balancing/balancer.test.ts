import { expect, it } from "vitest"
import { anyCall, candidates, chosen, repeatable } from "../../../test/support/candidates.ts"
import type { BalancingPolicy, UpstreamConfig } from "../upstream-config.ts"
import { createBalancer } from "./balancer.ts"

const usual: UpstreamConfig["balancing"] = {
  policy: "least-requests",
  hash: null,
  usesLoadReports: false,
  slowStartMs: 0,
  subsetSize: null,
  zone: null,
  panicThreshold: 0.5,
}

it.each<[BalancingPolicy, number]>([
  ["round-robin", 4],
  ["least-requests", 4],
  ["weighted", 4],
  ["ring-hash", 1],
])("%s spreads equal calls over %d of four endpoints", (policy, used) => {
  const balancer = createBalancer({ ...usual, policy }, repeatable())
  balancer.update(candidates(4))
  const keys = Array.from({ length: 100 }, () => chosen(balancer.pick(anyCall, 0))?.key)
  expect(new Set(keys).size).toBe(used)
  expect(balancer.shares(0)).toEqual([{ level: "priority 0", share: 1, healthy: 4, total: 4, isPanicking: false }])
})

it("each level has its own rotation", () => {
  const list = candidates(4)
  list[2].priority = list[3].priority = 1
  const balancer = createBalancer({ ...usual, policy: "round-robin" }, repeatable())
  balancer.update(list)
  list[0].isHealthy = list[1].isHealthy = false
  const keys = Array.from({ length: 4 }, () => chosen(balancer.pick(anyCall, 0))?.key)
  expect(keys[0]).not.toBe(keys[1])
  expect(keys.slice(2)).toEqual(keys.slice(0, 2))
})
