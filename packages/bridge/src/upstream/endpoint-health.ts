import type { UpstreamListener, UpstreamStream } from "../core/upstream-stream.ts"
import type { CheckedEndpoint } from "./health-checker.ts"
import { HealthChecker } from "./health-checker.ts"
import type { Session } from "./session.ts"
import type { Sessions } from "./sessions.ts"
import type { HealthCheckConfig } from "./upstream-config.ts"

/** The endpoint that the health belongs to. */
export interface HealthOwner {
  readonly scheme: "http" | "https"
  readonly authority: string
  readonly sessions: Sessions
  /** A health check says so. */
  healthChanged(isHealthy: boolean, why: string): void
}

/** The reasons for and against the use of an endpoint: its checks, its ejection, and its last dial. */
export class EndpointHealth implements CheckedEndpoint {
  readonly #owner: HealthOwner
  readonly #checker: HealthChecker | null
  /** The session of the latest check. */
  #checked: Session | null = null
  #failure: Error | null = null
  #isGivenUp = false
  #isEjected = false
  #ejections = 0
  #readySinceMs = Infinity

  /** `config`: null if there are no active checks. */
  constructor(config: HealthCheckConfig | null, owner: HealthOwner) {
    this.#owner = owner
    this.#checker = config === null ? null : new HealthChecker(config, this)
  }

  /** False: its answers are out of line, its health check fails, or no session is open and the last dial failed. */
  get isHealthy(): boolean {
    if (this.#isEjected || this.#checker?.isHealthy === false) return false
    return this.#failure === null || this.#owner.sessions.open.size > 0
  }

  /** Its cluster has ejected it for a time. */
  get isEjected(): boolean {
    return this.#isEjected
  }

  /** Number of ejections so far. */
  get ejections(): number {
    return this.#ejections
  }

  /** Its active checks. Null: there are none. */
  get check(): Pick<HealthChecker, "health" | "last"> | null {
    return this.#checker
  }

  /** Time of the first session, or of the first one after a failed dial. Infinity: there was none. */
  get readySinceMs(): number {
    return this.#readySinceMs
  }

  /** The reason why the last dial failed. Null: there was none since a session opened. */
  get failure(): Error | null {
    return this.#failure
  }

  /** It has been unreachable for so long that no call should wait for it. */
  get isGivenUp(): boolean {
    return this.#isGivenUp
  }

  eject(isEjected: boolean): void {
    if (isEjected && !this.#isEjected) this.#ejections++
    this.#isEjected = isEjected
  }

  /** A dial has succeeded. Called before the session is one of the open ones. */
  dialSucceeded(): void {
    if (this.#readySinceMs === Infinity || !this.isHealthy) this.#readySinceMs = performance.now()
    this.#failure = null
    this.#isGivenUp = false
  }

  dialFailed(cause: Error, isGivenUp: boolean): void {
    this.#failure = cause
    this.#isGivenUp = isGivenUp
  }

  /** Checks now, unless a check runs. */
  checkNow(): void {
    this.#checker?.checkNow()
  }

  /** The session takes no further call. A check that watches on it would keep it from being closed. */
  sessionDraining(session: Session): void {
    if (session === this.#checked) this.#checker?.sessionDraining()
  }

  /** Ends the checks. */
  stop(): void {
    this.#checker?.stop()
  }

  openHealthStream(path: string, to: UpstreamListener): UpstreamStream | null {
    const { sessions, scheme, authority } = this.#owner
    const session = sessions.leastLoaded()
    this.#checked = session
    if (session === null) return null
    const fields = [":method", "POST", ":scheme", scheme, ":path", path, ":authority", authority]
    fields.push("te", "trailers", "content-type", "application/grpc")
    return session.open(fields, to, null)
  }

  healthChanged(isHealthy: boolean, why: string): void {
    this.#owner.healthChanged(isHealthy, why)
  }
}
