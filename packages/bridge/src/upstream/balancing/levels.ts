import type { Candidate, Choice, LevelShare, Pick, Policy } from "./candidate.ts"
import { DampedReturn } from "./damped-return.ts"
import { levelLoads } from "./level-loads.ts"

/** Interval at which health is counted. A pick looks at the health of its endpoint itself. */
const countMs = 50

interface Level<C extends Candidate> {
  /** Its name, in words. Levels of different updates with the same name are the same. */
  readonly name: string
  readonly candidates: readonly C[]
  readonly policy: Policy<C>
  healthy: number
  share: number
  isPanicking: boolean
}

/** Settings of `Levels`. */
export interface LevelOptions {
  readonly zone: string | null
  readonly panicThreshold: number
}

/**
 * Divides calls among priorities and zones. Each priority has two levels: the endpoints in the bridge's own zone, then the others.
 * Calls stay in the first level while it is healthy (`level-loads.ts`), and come back to it slowly (`damped-return.ts`). Within a
 * level its policy chooses.
 */
export class Levels<C extends Candidate> {
  readonly #createPolicy: () => Policy<C>
  readonly #options: LevelOptions
  readonly #random: () => number
  readonly #return = new DampedReturn()
  #levels: readonly Level<C>[] = []
  #countedMs = -Infinity

  constructor(createPolicy: () => Policy<C>, options: LevelOptions, random: () => number) {
    this.#createPolicy = createPolicy
    this.#options = options
    this.#random = random
  }

  update(candidates: readonly C[]): void {
    const before = this.#levels
    this.#levels = groups(candidates, this.#options.zone).map(([name, members]) => {
      const earlier = before.find((level) => level.name === name)
      const policy = earlier?.policy ?? this.#createPolicy()
      policy.update(members)
      return { name, candidates: members, policy, healthy: 0, share: 0, isPanicking: false }
    })
    if (before.map(({ name }) => name).join() !== this.#levels.map(({ name }) => name).join()) this.#return.reset()
    this.#countedMs = -Infinity
  }

  pick(pick: Pick, nowMs: number): Choice<C> {
    if (nowMs - this.#countedMs >= countMs) this.#count(nowMs)
    const level = this.#draw()
    const found = level === null ? null : level.policy.pick(pick, level.isPanicking, nowMs)
    return found ?? this.#searchElsewhere(pick, nowMs)
  }

  shares(nowMs: number): readonly LevelShare[] {
    this.#count(nowMs)
    return this.#levels.map(({ name, share, healthy, candidates, isPanicking }) => {
      return { level: name, share, healthy, total: candidates.length, isPanicking }
    })
  }

  /** A random level, by shares. Null: no level has a share. */
  #draw(): Level<C> | null {
    if (this.#levels.length === 1) return this.#levels[0].share > 0 ? this.#levels[0] : null
    let left = this.#random()
    let last: Level<C> | null = null
    for (const level of this.#levels) {
      if (level.share === 0) continue
      left -= level.share
      last = level
      if (left < 0) break
    }
    return last
  }

  /**
   * No endpoint of the drawn level takes the call. The other levels with a share come next. A level without a share takes no call
   * only because those before it are full or still connect: the call waits for them. It takes a call that has tried all endpoints
   * of those before it.
   */
  #searchElsewhere(pick: Pick, nowMs: number): Choice<C> {
    if (nowMs !== this.#countedMs) this.#count(nowMs)
    const found = this.#search(pick, nowMs, false)
    if (found !== null || pick.avoid.length === 0) return found
    return this.#search(pick, nowMs, true) ?? this.#search({ hash: pick.hash, avoid: [] }, nowMs, false)
  }

  #search(pick: Pick, nowMs: number, withoutShare: boolean): Choice<C> {
    for (const { policy, share, isPanicking } of this.#levels) {
      const found = share > 0 || withoutShare ? policy.pick(pick, isPanicking, nowMs) : null
      if (found !== null) return found
    }
    return null
  }

  #count(nowMs: number): void {
    this.#countedMs = nowMs
    for (const level of this.#levels) {
      level.healthy = 0
      for (const { isHealthy } of level.candidates) if (isHealthy) level.healthy++
    }
    const counts = this.#levels.map(({ healthy, candidates }) => ({ healthy, total: candidates.length }))
    const { loads, capacities, panicking } = levelLoads(counts, this.#options.panicThreshold)
    const shares = this.#return.approach(loads, capacities, nowMs)
    for (const [index, level] of this.#levels.entries()) {
      level.share = shares[index]
      level.isPanicking = panicking[index]
    }
  }
}

/** The candidates by level, in order, with the names of the levels. */
function groups<C extends Candidate>(
  candidates: readonly C[],
  zone: string | null,
): (readonly [string, readonly C[]])[] {
  const isLocal = (candidate: C): boolean => zone === null || candidate.zone === zone
  const priorities = [...new Set(candidates.map(({ priority }) => priority))].sort((a, b) => a - b)
  const all = priorities.flatMap((priority): (readonly [string, readonly C[]])[] => {
    const members = candidates.filter((candidate) => candidate.priority === priority)
    const name = `priority ${priority}`
    return [
      [zone === null ? name : `${name}, zone ${zone}`, members.filter((member) => isLocal(member))],
      [`${name}, other zones`, members.filter((member) => !isLocal(member))],
    ]
  })
  return all.filter(([, members]) => members.length > 0)
}
