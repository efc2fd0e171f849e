import { CodeCounts } from "../core/code-counts.ts"
import type { Candidate } from "./balancing/candidate.ts"
import type { LoadReport } from "./balancing/load-report.ts"
import { parseLoadReport } from "./balancing/load-report.ts"
import type { Client } from "./clients.ts"
import type { ClusterMember, EndpointOptions } from "./cluster-member.ts"
import type { Demand } from "./dialler.ts"
import { Dialler } from "./dialler.ts"
import type { HealthOwner } from "./endpoint-health.ts"
import { EndpointHealth } from "./endpoint-health.ts"
import type { KeepaliveTimes } from "./keepalive.ts"
import { defaultKeepaliveMs, defaultSilentPingMs } from "./keepalive.ts"
import { fieldOf } from "./reply-fields.ts"
import type { SessionListener } from "./session.ts"
import { Session } from "./session.ts"
import { Sessions } from "./sessions.ts"
import { SurplusSessions } from "./surplus-sessions.ts"

/** The cluster of an endpoint. Its demand: the calls that wait for this endpoint or one of its neighbours. */
export interface EndpointOwner extends Demand {
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

/** The trailer with a backend's load (gRFC A51). */
const loadReportField = "endpoint-load-metrics-bin"

/** One address of a backend: its sessions, and when to open more of them. */
export class Endpoint implements Candidate, HealthOwner, SessionListener {
  readonly name: string
  readonly scheme: "http" | "https"
  readonly sessions: Sessions
  readonly health: EndpointHealth
  /** Ended attempts, without those that the backend never saw or the client ended. */
  readonly attempts: CodeCounts = new CodeCounts()
  #member: ClusterMember
  #options: EndpointOptions
  readonly #owner: EndpointOwner
  readonly #dialler: Dialler
  #silentPingMs = defaultSilentPingMs
  #load: LoadReport | null = null
  readonly #surplus: SurplusSessions
  #isClosed = false

  constructor(member: ClusterMember, options: EndpointOptions, owner: EndpointOwner) {
    const { target } = member
    this.name = target.name
    this.scheme = target.isTls ? "https" : "http"
    this.#member = member
    this.#options = options
    this.#owner = owner
    this.sessions = new Sessions(options.maxSessions)
    this.#surplus = new SurplusSessions(this.sessions)
    this.health = new EndpointHealth(options.health ?? null, this)
    const { patienceMs } = options
    this.#dialler = new Dialler({ sessions: this.sessions, demand: owner, dial: () => this.#dial(), patienceMs })
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
    return this.sessions.calls
  }

  get hasRoom(): boolean {
    return this.sessions.leastLoaded() !== null
  }

  get isConnecting(): boolean {
    const { open, connecting, mayDial } = this.sessions
    return open.size === 0 && this.health.failure === null && (connecting.size > 0 || mayDial > 0)
  }

  get isHealthy(): boolean {
    return this.health.isHealthy
  }

  get readySinceMs(): number {
    return this.health.readySinceMs
  }

  get load(): LoadReport | null {
    return this.#load
  }

  /** Number of connections, including draining ones, whose calls finish, and lingering ones. */
  get sockets(): number {
    const { open, draining, lingering } = this.sessions
    return open.size + draining.size + lingering.size
  }

  healthChanged(isHealthy: boolean, why: string): void {
    this.#owner.healthChanged(this, isHealthy, why)
  }

  attemptEnded(code: number, fields: readonly string[]): void {
    if (this.#options.usesLoadReports === true) {
      const report = fieldOf(fields, loadReportField)
      if (report !== null) this.#load = parseLoadReport(report) ?? this.#load
    }
    this.attempts.add(code)
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

  /** Gets calls like this member, over its own sessions. */
  standInFor(member: ClusterMember): void {
    this.#member = { ...member, target: this.#member.target }
  }

  /** Has these limits from now on. */
  limit(options: EndpointOptions): void {
    this.#options = options
    this.sessions.limit(options.maxSessions)
    this.sessions.keepAlive(this.#keepalive)
  }

  /** Dials missing sessions, if any. */
  dialIfNeeded(): void {
    if (!this.#isClosed) this.#dialler.dialIfNeeded()
  }

  /** Closes its sessions until a call waits for one. An unhealthy endpoint keeps them: checks over them tell when it is well. */
  sleep(): void {
    if (this.sessions.open.size === 0 || !this.isHealthy) return
    this.#dialler.sleep()
    this.sessions.drainOpen()
  }

  /** Its sessions are closed until a call comes. */
  get isAsleep(): boolean {
    return this.#dialler.isAsleep
  }

  /** Lets open streams finish, and opens no session any more. */
  drain(): void {
    this.#isClosed = true
    this.health.stop()
    this.#dialler.stop()
    this.#surplus.stop()
    this.sessions.drain()
  }

  destroy(): void {
    this.sessions.destroy()
  }

  opened(session: Session): void {
    this.health.dialSucceeded()
    this.#dialler.succeeded()
    this.sessions.opened(session)
    this.#surplus.sessionOpened()
    this.#owner.sessionOpened(this, session)
    this.health.checkNow()
    this.#owner.roomChanged(this)
  }

  streamClosed(client: Client | null): void {
    if (client === null) this.#owner.roomChanged(this)
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
    this.health.sessionDraining(session)
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
    this.sessions.keepAlive(this.#keepalive)
  }

  closed(session: Session, cause: Error | null): void {
    const was = this.sessions.closed(session)
    if (was === "connecting") {
      if (this.#isClosed) return
      const failure = cause ?? new Error("closed")
      this.health.dialFailed(failure, this.#dialler.failed())
      this.#owner.dialFailed(this, session, failure)
      return
    }
    this.#owner.sessionClosed(this, session)
    if (was === "open") this.#dialler.lost(session)
    this.dialIfNeeded()
  }

  #dial(): Session {
    const { connect, connectTimeoutMs } = this.#options
    return new Session(this.#member.target, { connect, connectTimeoutMs, keepalive: this.#keepalive }, this)
  }

  get #keepalive(): KeepaliveTimes {
    const { keepaliveMs = defaultKeepaliveMs } = this.#options
    const silentPingMs = this.#silentPingMs
    return { keepaliveMs, silentPingMs, mayPingEarly: silentPingMs === defaultSilentPingMs }
  }
}
