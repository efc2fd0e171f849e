import type { UpstreamListener, UpstreamStream } from "../core/upstream-stream.ts"
import type { HealthCallEnd, HealthCallListener } from "./health/health-call.ts"
import { HealthCall } from "./health/health-call.ts"
import { encodeHealthRequest } from "./health/health-message.ts"
import type { Health } from "./health/health-state.ts"
import { HealthState } from "./health/health-state.ts"
import type { HealthCheckConfig } from "./upstream-config.ts"

/** The endpoint of a checker. */
export interface CheckedEndpoint {
  /** Opens a stream for this path on one of the endpoint's own sessions. Null: none has room. */
  openHealthStream(path: string, to: UpstreamListener): UpstreamStream | null
  /** The endpoint's health has changed, or (`isHealthy` unchanged) it turned out to have no health service. */
  healthChanged(isHealthy: boolean, why: string): void
}

/** A check's answer or failure in words, and its monotonic time in milliseconds. */
export interface CheckResult {
  readonly words: string
  readonly atMs: number
}

const noHealthService =
  "it does not implement grpc.health.v1.Health, so it counts as healthy; register the health service, or remove `health` from the upstream"

/**
 * Asks an endpoint for its health, over the sessions that its calls use: a check sees what calls see. Owns the timers and the
 * stream of the checks.
 */
export class HealthChecker implements HealthCallListener {
  readonly #config: HealthCheckConfig
  readonly #endpoint: CheckedEndpoint
  readonly #random: () => number
  readonly #state: HealthState
  readonly #request: Uint8Array
  #call: HealthCall | null = null
  /** Time limit of the call that runs, or the pause before the next one. */
  #timer: NodeJS.Timeout | null = null
  #hasWarned = false
  #last: CheckResult | null = null

  constructor(config: HealthCheckConfig, endpoint: CheckedEndpoint, random: () => number = Math.random) {
    this.#config = config
    this.#endpoint = endpoint
    this.#random = random
    this.#state = new HealthState(config)
    this.#request = encodeHealthRequest(config.service)
  }

  /** An endpoint counts as healthy until a check says otherwise. */
  get isHealthy(): boolean {
    return this.#state.health !== "unhealthy"
  }

  /** Its health by the thresholds. */
  get health(): Health {
    return this.#state.health
  }

  /** The last result of a check. Null: none has ended yet. */
  get last(): CheckResult | null {
    return this.#last
  }

  /** Checks now, unless a check runs. Called when a session opens. */
  checkNow(): void {
    if (this.#call !== null) return
    const call = new HealthCall(this)
    const method = this.#config.watch ? "Watch" : "Check"
    const stream = this.#endpoint.openHealthStream(`/grpc.health.v1.Health/${method}`, call)
    if (stream === null) {
      this.#after(this.#pauseMs(), () => this.checkNow())
      return
    }
    this.#call = call
    this.#after(this.#config.timeoutMs, () => this.#timedOut())
    call.begin(stream, this.#request)
  }

  /** The connection of the running call takes no further one. A watch begins again on another; a check ends by itself. */
  sessionDraining(): void {
    if (this.#call === null || !this.#config.watch) return
    this.#call.cancel()
    this.#call = null
    this.checkNow()
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#call?.cancel()
    this.#call = null
  }

  /** A watched service says at once what it is. The answer of a check counts by the thresholds. */
  answered(isServing: boolean): void {
    if (this.#config.watch && this.#timer !== null) clearTimeout(this.#timer)
    this.#record(isServing, isServing ? "its health check says SERVING" : "its health check does not say SERVING")
  }

  ended(end: HealthCallEnd): void {
    this.#call = null
    if (end.kind === "failed") this.#record(false, end.why)
    else if (end.kind === "unimplemented") this.#unimplemented()
    this.#after(this.#pauseMs(), () => this.checkNow())
  }

  #timedOut(): void {
    this.#call?.cancel()
    this.ended({ kind: "failed", why: `it did not answer a health check within ${this.#config.timeoutMs} ms` })
  }

  #unimplemented(): void {
    const isNews = !this.#hasWarned
    this.#hasWarned = true
    this.#record(true, noHealthService)
    if (isNews) this.#endpoint.healthChanged(true, noHealthService)
  }

  #record(isServing: boolean, why: string): void {
    this.#last = { words: why, atMs: performance.now() }
    const was = this.isHealthy
    if (this.#config.watch) this.#state.decide(isServing)
    else this.#state.record(isServing)
    if (was !== this.isHealthy) this.#endpoint.healthChanged(this.isHealthy, why)
  }

  /** Jittered, so that the checks of many bridges and endpoints do not come at once. */
  #pauseMs(): number {
    return this.#config.intervalMs * (0.8 + 0.4 * this.#random())
  }

  #after(ms: number, act: () => void): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = setTimeout(act, ms).unref()
  }
}
