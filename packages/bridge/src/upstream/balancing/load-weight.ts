import type { LoadReport } from "./load-report.ts"

/** An endpoint's reports must have come for this long before its weight is used. */
const blackoutMs = 10_000
/** Without a report for this long, the weight is used no more. */
const expirationMs = 180_000
/** More calls per second than any endpoint serves. Without a limit the sum of two weights could be infinite. */
const maxWeight = 1e9
/** Factor of the error rate (`error_utilization_penalty`). */
const errorPenalty = 1

/** An endpoint's weight by its load reports (gRFC A58, with its defaults). */
export class LoadWeight {
  #report: LoadReport | null = null
  #readySinceMs = -Infinity
  #weight = 0
  #nonEmptySinceMs = Infinity
  #updatedMs = -Infinity

  /** Takes in the endpoint's state. A report counts once. */
  update(report: LoadReport | null, readySinceMs: number, nowMs: number): void {
    if (readySinceMs !== this.#readySinceMs) this.#nonEmptySinceMs = Infinity
    this.#readySinceMs = readySinceMs
    if (report === null || report === this.#report) return
    this.#report = report
    const weight = weightOf(report)
    if (weight === 0) return
    if (this.#nonEmptySinceMs === Infinity) this.#nonEmptySinceMs = nowMs
    this.#updatedMs = nowMs
    this.#weight = weight
  }

  /** 0: the weight is not known, or not to be used. */
  at(nowMs: number): number {
    if (nowMs - this.#updatedMs >= expirationMs) {
      this.#nonEmptySinceMs = Infinity
      return 0
    }
    return nowMs - this.#nonEmptySinceMs < blackoutMs ? 0 : this.#weight
  }
}

/** Calls per second at full use, errors counted as use. 0: the report does not say. */
function weightOf({ qps, eps, cpuUtilization, applicationUtilization }: LoadReport): number {
  const utilization = applicationUtilization > 0 ? applicationUtilization : cpuUtilization
  if (utilization === 0 || qps === 0) return 0
  const weight = qps / (utilization + (eps / qps) * errorPenalty)
  return Number.isFinite(weight) ? Math.min(weight, maxWeight) : 0
}
