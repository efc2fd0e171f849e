import type { OutlierConfig } from "../upstream-config.ts"
import type { Outlier } from "./outlier-algorithms.ts"
import { failurePercentageOutliers, successRateOutliers } from "./outlier-algorithms.ts"

/** Why an endpoint gets no calls, and for how long. Times are monotonic milliseconds. */
export interface Ejection {
  readonly sinceMs: number
  /** It returns with the first sweep after this time. */
  readonly untilMs: number
  readonly why: string
}

/** An endpoint that a sweep has ejected or let return. */
export type OutlierChange =
  | { readonly kind: "ejected"; readonly key: string; readonly ejection: Ejection }
  | { readonly kind: "returned"; readonly key: string }

/** One endpoint. The counts are those of the running interval; a sweep reads them and begins with new ones. */
interface Entry {
  readonly key: string
  successes: number
  failures: number
  /** Sweeps count it up with each ejection, and down with each interval without one. */
  multiplier: number
  ejection: Ejection | null
}

/** Ejects endpoints for a time by the results of their calls (gRFC A50). The owner calls `sweep` every `intervalMs`. */
export class OutlierDetector {
  #config: OutlierConfig
  readonly #random: () => number
  #entries = new Map<string, Entry>()

  constructor(config: OutlierConfig, random: () => number) {
    this.#config = config
    this.#random = random
  }

  /** Uses other settings. Without an algorithm all ejected endpoints return. */
  configure(config: OutlierConfig): void {
    this.#config = config
    if (config.successRate !== null || config.failurePercentage !== null) return
    for (const entry of this.#entries.values()) {
      entry.ejection = null
      entry.multiplier = 0
    }
  }

  /** The endpoints that there are. Those that stay keep their counts and ejections. */
  update(keys: readonly string[]): void {
    this.#entries = new Map(keys.map((key) => [key, this.#entries.get(key) ?? newEntry(key)]))
  }

  /** Counts a call that has ended. */
  record(key: string, isSuccess: boolean): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    if (isSuccess) entry.successes++
    else entry.failures++
  }

  isEjected(key: string): boolean {
    return this.ejectionOf(key) !== null
  }

  /** Null: it is not ejected. */
  ejectionOf(key: string): Ejection | null {
    return this.#entries.get(key)?.ejection ?? null
  }

  /** Ends an interval: looks for outliers in its calls, and lets endpoints return whose time is over. */
  sweep(nowMs: number): readonly OutlierChange[] {
    const { successRate, failurePercentage } = this.#config
    const entries = [...this.#entries.values()]
    const changes: OutlierChange[] = []
    if (successRate !== null) {
      changes.push(...this.#eject(successRateOutliers(entries, successRate), successRate.enforcementShare, nowMs))
    }
    if (failurePercentage !== null) {
      const outliers = failurePercentageOutliers(entries, failurePercentage)
      changes.push(...this.#eject(outliers, failurePercentage.enforcementShare, nowMs))
    }
    for (const entry of entries) {
      entry.successes = entry.failures = 0
      if (entry.ejection === null) entry.multiplier = Math.max(0, entry.multiplier - 1)
      else if (nowMs > entry.ejection.untilMs) {
        entry.ejection = null
        changes.push({ kind: "returned", key: entry.key })
      }
    }
    return changes
  }

  #eject(outliers: readonly Outlier<Entry>[], enforcementShare: number, nowMs: number): OutlierChange[] {
    const changes: OutlierChange[] = []
    for (const { endpoint, why } of outliers) {
      if (!this.#mayEjectOne()) break
      if (endpoint.ejection !== null || this.#random() >= enforcementShare) continue
      endpoint.multiplier++
      const ejection = { sinceMs: nowMs, untilMs: nowMs + this.#ejectionMs(endpoint.multiplier), why }
      endpoint.ejection = ejection
      changes.push({ kind: "ejected", key: endpoint.key, ejection })
    }
    return changes
  }

  /** The share is checked before an ejection, so that one is always allowed (gRFC A50), except that of the last endpoint. */
  #mayEjectOne(): boolean {
    let ejected = 0
    for (const { ejection } of this.#entries.values()) if (ejection !== null) ejected++
    const { size } = this.#entries
    return ejected / size < this.#config.maxEjectionShare && size - ejected > 1
  }

  #ejectionMs(multiplier: number): number {
    const { baseEjectionMs, maxEjectionMs } = this.#config
    return Math.min(baseEjectionMs * multiplier, Math.max(baseEjectionMs, maxEjectionMs))
  }
}

function newEntry(key: string): Entry {
  return { key, successes: 0, failures: 0, multiplier: 0, ejection: null }
}
