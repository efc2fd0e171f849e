/** A level counts as whole while healthy / total times this is at least 1 (Envoy: `overprovisioning_factor`). */
const overprovisioning = 1.4

/** The endpoints of one level. */
export interface LevelHealth {
  readonly healthy: number
  /** At least 1. */
  readonly total: number
}

/** How calls are divided, level by level. */
export interface LevelLoads {
  /** Parts of the calls. They add up to 1, or to 0 if no endpoint may be used. */
  readonly loads: readonly number[]
  /** Parts of all calls that each level could carry. The sum may be above 1. */
  readonly capacities: readonly number[]
  /** Levels in which health is ignored. */
  readonly panicking: readonly boolean[]
}

/**
 * Envoy's rule. Levels are filled in order: each gets as much as its healthy endpoints carry with some room to spare, and the
 * next one gets the rest. If all together cannot carry the calls, each gets more in proportion, and health is ignored in levels
 * with fewer healthy endpoints than `panicThreshold` (0 to 1). If that is so in every level, numbers of endpoints decide.
 */
export function levelLoads(levels: readonly LevelHealth[], panicThreshold: number): LevelLoads {
  const carried = levels.map(({ healthy, total }) => Math.min(1, (overprovisioning * healthy) / total))
  const sum = carried.reduce((a, b) => a + b, 0)
  const isShort = sum < 1
  const panicking = levels.map(({ healthy, total }) => isShort && healthy / total < panicThreshold)
  const endpoints = levels.reduce((count, { total }) => count + total, 0)
  const capacities = panicking.every(Boolean)
    ? levels.map(({ total }) => total / endpoints)
    : carried.map((part) => (isShort && sum > 0 ? part / sum : part))
  let rest = 1
  const loads = capacities.map((capacity) => {
    const load = Math.min(rest, capacity)
    rest -= load
    return load
  })
  return { loads, capacities, panicking }
}
