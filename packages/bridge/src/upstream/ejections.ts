import { Code } from "@causeway/protocol"
import type { Ejection } from "./health/outlier.ts"
import { OutlierDetector } from "./health/outlier.ts"
import type { OutlierConfig } from "./upstream-config.ts"

/**
 * Status codes that count against an endpoint. Other errors, such as NOT_FOUND, are answers of a working backend: Envoy leaves
 * them out as well, while gRPC's own clients count them, so that a few bad requests eject good endpoints.
 */
const failureCodes = new Set<number>([
  Code.Unknown,
  Code.DeadlineExceeded,
  Code.Internal,
  Code.Unavailable,
  Code.DataLoss,
])

/** Runs the outlier detection of one upstream: owns its timer, and tells of each ejection and return. */
export class Ejections {
  readonly #tell: (key: string, isEjected: boolean) => void
  readonly #random: () => number
  #detector: OutlierDetector | null = null
  #keys: readonly string[] = []
  #intervalMs = 0
  #timer: NodeJS.Timeout | null = null

  constructor(tell: (key: string, isEjected: boolean) => void, random: () => number = Math.random) {
    this.#tell = tell
    this.#random = random
  }

  /** Uses these settings from now on. Null: no endpoint is ejected, and those that were return. */
  configure(config: OutlierConfig | null): void {
    const before = this.#keys.filter((key) => this.ejectionOf(key) !== null)
    if (config === null) this.#detector = null
    else if (this.#detector === null) {
      this.#detector = new OutlierDetector(config, this.#random)
      this.#detector.update(this.#keys)
    } else this.#detector.configure(config)
    if (this.#intervalMs !== (config?.intervalMs ?? 0)) this.#restart(config?.intervalMs ?? 0)
    for (const key of before) if (this.ejectionOf(key) === null) this.#tell(key, false)
  }

  /** The endpoints that there are. */
  update(keys: readonly string[]): void {
    this.#keys = keys
    this.#detector?.update(keys)
  }

  attemptEnded(key: string, code: number): void {
    this.#detector?.record(key, !failureCodes.has(code))
  }

  /** Why the endpoint gets no calls. Null: it is not ejected. */
  ejectionOf(key: string): Ejection | null {
    return this.#detector?.ejectionOf(key) ?? null
  }

  stop(): void {
    this.#restart(0)
  }

  #restart(intervalMs: number): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#intervalMs = intervalMs
    this.#timer = intervalMs === 0 ? null : setInterval(() => this.#sweep(), intervalMs).unref()
  }

  #sweep(): void {
    const changes = this.#detector?.sweep(performance.now()) ?? []
    for (const { key, kind } of changes) this.#tell(key, kind === "ejected")
  }
}
