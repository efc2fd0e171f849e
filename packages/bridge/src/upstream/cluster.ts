import type { BridgeError } from "../core/errors.ts"
import type { Observer } from "../core/observer.ts"
import type { StreamRequester, Upstream } from "../core/upstream.ts"
import type { Balancer } from "./balancing/balancer.ts"
import { Breaker } from "./breaker.ts"
import type { Client } from "./clients.ts"
import type { ClusterMember, ClusterOptions } from "./cluster-member.ts"
import { clusterStatus } from "./cluster-status.ts"
import { noCredentials } from "./credentials.ts"
import type { SessionPool } from "./dispatcher.ts"
import { Dispatcher } from "./dispatcher.ts"
import { Ejections } from "./ejections.ts"
import { endpointStatus } from "./endpoint-status.ts"
import type { EndpointOwner } from "./endpoint.ts"
import { Endpoint } from "./endpoint.ts"
import { IdleTimeout } from "./idle-timeout.ts"
import { Members } from "./members.ts"
import { endOf } from "./session-end.ts"
import type { Session } from "./session.ts"
import type { ClusterStatus } from "./status.ts"
import { failedConnection, noneHealthy, shuttingDown, unreachable, unresolved } from "./unreachable.ts"
import { UpstreamRetries } from "./upstream-retries.ts"
import { WaitingCalls } from "./waiting-calls.ts"

/**
 * Provides streams to the endpoints of one upstream. Calls wait here for a stream, and cancel and deadline reach them while they
 * wait. docs/decisions/0013-how-calls-wait.md explains the rules.
 */
export class Cluster implements Upstream, EndpointOwner, SessionPool {
  readonly name: string
  readonly breaker: Breaker
  readonly retries: UpstreamRetries
  #options: ClusterOptions
  readonly #observer: Observer
  #balancer: Balancer<Endpoint>
  readonly #onTrouble: () => void
  readonly #waiting = new WaitingCalls()
  readonly #dispatcher: Dispatcher
  readonly #members = new Members(
    (member) => new Endpoint(member, this.#options, this),
    () => this.#membersChanged(),
  )
  #credentials = noCredentials
  #capacity = 0
  readonly #ejections: Ejections
  readonly #idle: IdleTimeout
  /** The reason why there is no endpoint. Null: there is one, or its name is being resolved. */
  #whyUnresolved: BridgeError | null = null
  #isStarted = false
  #isClosed = false

  /** `onTrouble` is called when a connection fails or is about to end: names may have other addresses by now. */
  constructor(
    options: ClusterOptions,
    balancer: Balancer<Endpoint>,
    observer: Observer,
    onTrouble: () => void = () => {},
  ) {
    this.name = options.name
    this.#options = options
    this.#balancer = balancer
    this.#observer = observer
    this.#onTrouble = onTrouble
    this.breaker = new Breaker(options)
    this.retries = new UpstreamRetries(this.breaker)
    this.#dispatcher = new Dispatcher(this, this.#waiting, options, this.breaker)
    this.#ejections = new Ejections((key, isEjected) => this.#ejected(key, isEjected))
    this.#idle = new IdleTimeout(
      () => this.#waiting.size > 0 || this.streams > 0,
      () => this.#members.forEach((endpoint) => endpoint.sleep()),
    )
  }

  /** Connects before the first call. */
  start(): void {
    this.#isStarted = true
    this.#ejections.configure(this.#options.outlier ?? null)
    this.#idle.configure(this.#options.idleTimeoutMs ?? null)
    this.#members.forEach((endpoint) => endpoint.start())
  }

  /**
   * Uses these backends for new calls, and connects to them. Backends that are no longer members finish their calls. They serve new
   * ones too while no member is connected, but no longer than the connect timeout.
   */
  setMembers(members: readonly ClusterMember[]): void {
    if (this.#isClosed) return
    this.#whyUnresolved = null
    const added = this.#members.set(members, this.#options.connectTimeoutMs)
    if (this.#isStarted) for (const endpoint of added) endpoint.start()
    this.#membersChanged()
  }

  /** Adds these fields to each call from now on: a flat list of names and values. */
  useCredentials(fields: readonly string[]): void {
    this.#credentials = fields
  }

  /** A name of its endpoints does not resolve. Without another endpoint no call can be served. */
  unresolved(address: string, why: string): void {
    this.#observer.nameFailed(this.name, address, why)
    if (this.#members.size > 0) return
    this.#whyUnresolved = unresolved(address, why)
    this.#dispatcher.refuseWaiting(this.#whyUnresolved)
  }

  /** Spreads calls by this policy from now on. */
  use(balancer: Balancer<Endpoint>): void {
    this.#balancer = balancer
    balancer.update(this.#members.list)
  }

  /** Has these limits from now on. */
  limit(options: ClusterOptions): void {
    this.#options = options
    this.#dispatcher.limit(options)
    this.breaker.configure(options)
    this.#ejections.configure(options.outlier ?? null)
    this.#idle.configure(options.idleTimeoutMs ?? null)
    this.#members.forEach((endpoint) => endpoint.limit(options))
    this.#mayHaveRoom()
  }

  /** What the admin port shows of it. */
  status(nowMs: number): ClusterStatus {
    return clusterStatus({
      options: this.#options,
      waiting: this.#waiting.size,
      breaker: this.breaker,
      retryTokensSpent: this.retries.budget.spent,
      levels: this.#balancer.shares(nowMs),
      endpoints: this.#members.list.map((endpoint) =>
        endpointStatus(endpoint, this.#ejections.ejectionOf(endpoint.key), nowMs),
      ),
    })
  }

  get endpoints(): Iterable<Endpoint> {
    return this.#members.list
  }

  get isReachable(): boolean {
    return this.#members.areReachable
  }

  get failure(): Error | null {
    return this.#members.failure
  }

  get queued(): number {
    return this.#waiting.size
  }

  /** Number of connections, including draining ones, whose calls finish, and lingering ones. */
  get sessions(): number {
    return this.#members.sumOfAll((endpoint) => endpoint.sockets)
  }

  /** Number of open streams, without those of health checks. */
  get streams(): number {
    return this.#members.sumOfAll((endpoint) => endpoint.inFlight)
  }

  /** Number of client addresses with calls. */
  get clients(): number {
    return this.#dispatcher.clients
  }

  /** Gives the requester a stream now, or lets it wait for one. */
  acquire(requester: StreamRequester): void {
    this.#idle.called()
    const closed = this.#isClosed ? shuttingDown() : this.#whyUnresolved
    if (closed !== null) this.#onTrouble()
    this.#dispatcher.acquire(requester, closed)
    if (this.isServable) this.#reconnect()
    if (this.#waiting.size > 0) this.#refuseIfNoneIsHealthy()
  }

  /** The requester no longer wants a stream. */
  release(requester: StreamRequester): void {
    this.#dispatcher.release(requester)
  }

  /** Lets open streams finish, and refuses waiting calls. */
  drain(): void {
    this.#isClosed = true
    this.#ejections.stop()
    this.#idle.stop()
    this.#dispatcher.refuseWaiting(shuttingDown())
    this.#members.drain()
  }

  destroy(): void {
    this.#members.destroy()
  }

  // For the dispatcher.

  get capacity(): number {
    return this.#capacity
  }

  get roomOnItsWay(): number {
    return this.#members.sum(({ sessions }) => sessions.roomOnItsWay)
  }

  pick(requester: StreamRequester): Session | "connecting" | null {
    const endpoint = this.#members.only ?? this.#balancer.pick(requester, performance.now())
    return endpoint === null || endpoint === "connecting" ? endpoint : endpoint.sessions.leastLoaded()
  }

  // For the endpoints.

  get credentials(): readonly string[] {
    return this.#credentials
  }

  get isServable(): boolean {
    return this.#waiting.hasServableCall || this.#waiting.hasHeldCall
  }

  /** Each endpoint opens sessions for its part of the waiting calls. */
  get calls(): number {
    return Math.ceil(this.#waiting.size / this.#members.size)
  }

  sessionDraining(endpoint: Endpoint): void {
    this.#members.sessionsChanged(endpoint)
    this.#onTrouble()
  }

  roomChanged(): void {
    this.#mayHaveRoom()
  }

  streamClosed(client: Client): void {
    this.#dispatcher.streamClosed(client)
    if (this.#waiting.size > 0) this.#serveWaiting()
  }

  sessionOpened(endpoint: Endpoint, { address, addressesOfName }: Session): void {
    this.#observer.sessionOpened(this.name, endpoint.name, address, addressesOfName)
    this.#members.sessionsChanged(endpoint)
  }

  sessionClosed(endpoint: Endpoint, session: Session): void {
    this.#observer.sessionClosed(this.name, endOf(session))
    if (session.failure !== null) this.#onTrouble()
    this.#members.sessionsChanged(endpoint)
    this.#members.sessionClosed(endpoint)
  }

  healthChanged(endpoint: Endpoint, isHealthy: boolean, why: string): void {
    this.#observer.endpointHealthChanged(this.name, endpoint.name, isHealthy, why)
    this.#endpointsChanged()
  }

  attemptEnded(endpoint: Endpoint, code: number): void {
    this.#ejections.attemptEnded(endpoint.key, code)
  }

  /**
   * Waiting calls are refused once every endpoint has been unreachable for `patienceMs`. Calls that come later are refused at the
   * next failure.
   */
  dialFailed(endpoint: Endpoint, session: Session, cause: Error): void {
    this.#observer.sessionFailed(this.name, failedConnection(endpoint.name, cause, session.address))
    this.#onTrouble()
    if (!this.#members.some(({ health }) => !health.isGivenUp))
      this.#dispatcher.refuseWaiting(unreachable(endpoint.name, cause))
    this.#endpointsChanged()
  }

  #ejected(key: string, isEjected: boolean): void {
    const endpoint = this.#members.get(key)
    if (endpoint === undefined) return
    endpoint.health.eject(isEjected)
    const why = this.#ejections.ejectionOf(key)?.why ?? "its ejection is over"
    this.healthChanged(endpoint, !isEjected, why)
  }

  #membersChanged(): void {
    this.#balancer.update(this.#members.list)
    this.#ejections.update(this.#members.keys)
    this.#mayHaveRoom()
  }

  #mayHaveRoom(): void {
    this.#capacity = this.#members.sum(({ sessions }) => sessions.capacity)
    this.#waiting.mayServeAll()
    this.#endpointsChanged()
  }

  /** Calls that wait for one certain endpoint choose again. */
  #endpointsChanged(): void {
    this.#waiting.retryHeld()
    this.#serveWaiting()
  }

  /** Dials first: while sessions connect, an open one is not given more than it will take. */
  #serveWaiting(): void {
    if (this.#waiting.size > 0) this.#reconnect()
    this.#dispatcher.serveWaiting()
    this.#refuseIfNoneIsHealthy()
    this.#reconnect()
  }

  /**
   * Calls do not wait for an endpoint that may not be used: its next health check can be far away. While the panic threshold allows
   * unhealthy endpoints, none with room is left over here.
   */
  #refuseIfNoneIsHealthy(): void {
    if (this.#members.only !== null || !this.isServable) return
    if (this.#members.some(({ isHealthy }) => isHealthy) || !this.#members.some(({ hasRoom }) => hasRoom)) return
    this.#dispatcher.refuseWaiting(noneHealthy(this.#members.size))
  }

  #reconnect(): void {
    this.#members.forEach((endpoint) => endpoint.dialIfNeeded())
  }
}
