import type { Candidate } from "./balancing/candidate.ts"
import type { LoadReport } from "./balancing/load-report.ts"
import { parseLoadReport } from "./balancing/load-report.ts"
import type { Client } from "./clients.ts"
import type { Demand } from "./dialler.ts"
import { Dialler } from "./dialler.ts"
import type { CheckedEndpoint } from "./health-checker.ts"
import { HealthChecker } from "./health-checker.ts"
import { LinkedList } from "../core/linked-list.ts"
import type { UpstreamListener, UpstreamStream } from "../core/upstream-stream.ts"
import { defaultKeepaliveMs, defaultSilentPingMs } from "./keepalive.ts"
import { fieldOf } from "./reply-fields.ts"
import type { SessionListener } from "./session.ts"
import { Session } from "./session.ts"
import { Sessions } from "./sessions.ts"
import type { UpstreamTarget } from "./target.ts"
import type { HealthCheckConfig } from "./upstream-config.ts"

/** The cluster of an endpoint. */
export interface EndpointOwner {
  /** The calls that wait for this endpoint or one of its neighbours. */
  readonly demand: Demand
  /** Fields that each call gets. */
  readonly credentials: readonly string[]
  /** There may be more room than before: a session opened, its limit changed, or it has rested. */
  roomChanged(endpoint: Endpoint): void
  streamClosed(client: Client): void
  /** The backend has said that it will end the session. */
  sessionDraining(endpoint: Endpoint): void
  sessionOpened(endpoint: Endpoint, session: Session): void
  /** An open session has ended. */
  sessionClosed(endpoint: Endpoint, session: Session): void
  /** A health check says so. */
  healthChanged(endpoint: Endpoint, isHealthy: boolean, why: string): void
  /** An attempt on the endpoint has ended with this gRPC status code. */
  attemptEnded(endpoint: Endpoint, code: number): void
  /** No session could be opened. */
  dialFailed(endpoint: Endpoint, session: Session, cause: Error): void
}

/** A backend of a cluster, and its share of the calls. */
export interface ClusterMember {
  /** Its `name` identifies it when the members change. */
  readonly target: UpstreamTarget
  /** Share of calls beside its neighbours, 1 and up. */
  readonly weight: number
  readonly zone: string | null
  /** 0 comes first. */
  readonly priority: number
}

/** Limits of one endpoint. */
export interface EndpointOptions {
  readonly connectTimeoutMs: number
  /** Limit of connections to the endpoint. */
  readonly maxSessions: number
  /** How long calls wait for a backend that was lost. Default 2 s. */
  readonly patienceMs?: number
  /** Balancing follows the load that backends report in their trailers (ORCA, gRFC A51). Default false. */
  readonly usesLoadReports?: boolean
  /** Time without a byte, while calls wait, after which a PING asks whether the backend is there. Default 20 s. */
  readonly keepaliveMs?: number
  /** Active health checks. Default: none. */
  readonly health?: HealthCheckConfig | null
}

/** The trailer with a backend's load (gRFC A51). */
const loadReportField = "endpoint-load-metrics-bin"

/** Interval of the check for surplus sessions. All but one of the sessions without a stream are closed. */
const sweepMs = 60_000

/** One address of a backend: its sessions, and when to open more of them. */
export class Endpoint implements Candidate, CheckedEndpoint, SessionListener {
  readonly name: string
  readonly scheme: "http" | "https"
  readonly sessions: Sessions
  #member: ClusterMember
  #options: EndpointOptions
  readonly #owner: EndpointOwner
  readonly #dialler: Dialler
  #silentPingMs = defaultSilentPingMs
  #lastFailure: Error | null = null
  #isGivenUp = false
  /** Time of the first session, or of the first one after a failed dial. */
  #readySinceMs = Infinity
  /** Its cluster has ejected it for a time. */
  isEjected = false
  #load: LoadReport | null = null
  readonly #checker: HealthChecker | null
  /** The health checks count as calls of this client, which has no share and never waits. */
  readonly #healthClient: Client = { key: "health checks", streams: 0, waiting: new LinkedList(), turn: null }
  #sweepTimer: NodeJS.Timeout | null = null
  #isClosed = false

  constructor(member: ClusterMember, options: EndpointOptions, owner: EndpointOwner) {
    const { target } = member
    this.name = target.name
    this.scheme = target.isTls ? "https" : "http"
    this.#member = member
    this.#options = options
    this.#owner = owner
    this.sessions = new Sessions(options.maxSessions)
    this.#checker = options.health ? new HealthChecker(options.health, this) : null
    const { patienceMs } = options
    this.#dialler = new Dialler({ sessions: this.sessions, demand: owner.demand, dial: () => this.#dial(), patienceMs })
  }

  // As a balancer sees it.

  get key(): string {
    return this.name
  }

  get weight(): number {
    return this.#member.weight
  }

  get zone(): string | null {
    return this.#member.zone
  }

  get priority(): number {
    return this.#member.priority
  }

  get authority(): string {
    return this.#member.target.authority
  }

  get credentials(): readonly string[] {
    return this.#owner.credentials
  }

  get inFlight(): number {
    return this.sessions.streams
  }

  get hasRoom(): boolean {
    return this.sessions.leastLoaded() !== null
  }

  /** False: its answers are out of line, its health check fails, or no session is open and the last dial failed. */
  get isHealthy(): boolean {
    if (this.isEjected || this.#checker?.isHealthy === false) return false
    return this.#lastFailure === null || this.sessions.open.size > 0
  }

  get readySinceMs(): number {
    return this.#readySinceMs
  }

  get load(): LoadReport | null {
    return this.#load
  }

  /** The reason why the last dial failed. Null: there was none since a session opened. */
  get failure(): Error | null {
    return this.#lastFailure
  }

  /** It has been unreachable for so long that no call should wait for it. */
  get isGivenUp(): boolean {
    return this.#isGivenUp
  }

  /** Number of connections, including draining ones, whose calls finish, and lingering ones. */
  get sockets(): number {
    const { open, draining, lingering } = this.sessions
    return open.size + draining.size + lingering.size
  }

  openHealthStream(path: string, to: UpstreamListener): UpstreamStream | null {
    const session = this.sessions.leastLoaded()
    if (session === null) return null
    const fields = [":method", "POST", ":scheme", this.scheme, ":path", path, ":authority", this.authority]
    fields.push("te", "trailers", "content-type", "application/grpc")
    return session.open(fields, to, this.#healthClient)
  }

  healthChanged(isHealthy: boolean, why: string): void {
    this.#owner.healthChanged(this, isHealthy, why)
  }

  attemptEnded(code: number, fields: readonly string[]): void {
    if (this.#options.usesLoadReports === true) {
      const report = fieldOf(fields, loadReportField)
      if (report !== null) this.#load = parseLoadReport(report) ?? this.#load
    }
    this.#owner.attemptEnded(this, code)
  }

  /** Connects before the first call. */
  start(): void {
    this.#dialler.start()
  }

  /** Uses this share, and these certificates for new sessions; open sessions keep theirs. */
  renew(member: ClusterMember): void {
    this.#member = member
  }

  /** Has these limits from now on. */
  limit(options: EndpointOptions): void {
    this.#options = options
    this.sessions.limit(options.maxSessions)
  }

  /** Dials missing sessions, if any. */
  dialIfNeeded(): void {
    if (!this.#isClosed) this.#dialler.dialIfNeeded()
  }

  /** Lets open streams finish, and opens no session any more. */
  drain(): void {
    this.#isClosed = true
    this.#checker?.stop()
    this.#dialler.stop()
    this.#stopSweeping()
    this.sessions.drain()
  }

  destroy(): void {
    this.sessions.destroy()
  }

  opened(session: Session): void {
    if (this.#readySinceMs === Infinity || !this.isHealthy) this.#readySinceMs = performance.now()
    this.#lastFailure = null
    this.#isGivenUp = false
    this.#dialler.succeeded()
    this.sessions.opened(session)
    if (this.sessions.open.size > 1) this.#sweepTimer ??= setInterval(() => this.#closeIdle(), sweepMs).unref()
    this.#owner.sessionOpened(this, session)
    this.#checker?.checkNow()
    this.#owner.roomChanged(this)
  }

  streamClosed(client: Client): void {
    if (client === this.#healthClient) this.#owner.roomChanged(this)
    else this.#owner.streamClosed(client)
  }

  limitChanged(session: Session): void {
    this.sessions.learn(session)
    this.#owner.roomChanged(this)
  }

  hasRested(): void {
    this.#owner.roomChanged(this)
  }

  draining(session: Session, by: "backend" | "bridge"): void {
    if (!this.sessions.drains(session, by)) return
    if (by === "backend") {
      this.#dialler.lost(session)
      this.#owner.sessionDraining(this)
    }
    this.dialIfNeeded()
  }

  lingering(session: Session): void {
    this.sessions.lingers(session)
    this.dialIfNeeded()
  }

  /** Too many streams of this session were reset. Another session replaces it if the limit allows; otherwise it rests. */
  spent(session: Session): void {
    if (this.sessions.mayReplaceOne) session.drain()
    else session.rest()
  }

  pingedTooOften(): void {
    this.#silentPingMs *= 2
  }

  closed(session: Session, cause: Error | null): void {
    const was = this.sessions.closed(session)
    if (was === "connecting") {
      this.#dialFailed(session, cause ?? new Error("closed"))
      return
    }
    this.#owner.sessionClosed(this, session)
    if (was === "open") this.#dialler.lost(session)
    this.dialIfNeeded()
  }

  #closeIdle(): void {
    if (this.sessions.closeIdle()) this.#stopSweeping()
  }

  #stopSweeping(): void {
    if (this.#sweepTimer !== null) clearInterval(this.#sweepTimer)
    this.#sweepTimer = null
  }

  #dial(): Session {
    const { connectTimeoutMs, keepaliveMs = defaultKeepaliveMs } = this.#options
    const options = { connectTimeoutMs, keepaliveMs, silentPingMs: this.#silentPingMs }
    return new Session(this.#member.target, options, this)
  }

  #dialFailed(session: Session, cause: Error): void {
    if (this.#isClosed) return
    this.#lastFailure = cause
    this.#isGivenUp = this.#dialler.failed()
    this.#owner.dialFailed(this, session, cause)
  }
}
