import { constants } from "node:http2"
import { BridgeError } from "../core/errors.ts"
import type { Observer, SessionEnd } from "../core/observer.ts"
import type { UpstreamStream } from "../core/upstream-stream.ts"
import type { StreamRequester, Upstream } from "../core/upstream.ts"
import { streamsPerClient, tooManyCalls, tooManyWaiting, waitingPerClient } from "./client-share.ts"
import type { Client } from "./clients.ts"
import { Clients } from "./clients.ts"
import { defaultSilentPingMs } from "./keepalive.ts"
import { Redial } from "./redial.ts"
import type { SessionListener } from "./session.ts"
import { Session } from "./session.ts"
import { Sessions } from "./sessions.ts"
import type { UpstreamTarget } from "./target.ts"
import { failedConnection, unreachable } from "./unreachable.ts"
import { WaitingCalls } from "./waiting-calls.ts"

/** Limits of one cluster. */
export interface ClusterOptions {
  readonly connectTimeoutMs: number
  /** Connections to the backend at most. */
  readonly maxSessions: number
  /** Calls that wait for a stream at most, beyond those for which a session is on its way. */
  readonly maxQueued: number
  /** Calls of one client address, in flight and waiting; null: its share alone limits them. */
  readonly maxCallsPerClient: number | null
  /** How long calls wait for a backend that was lost. Default 2 s. */
  readonly patienceMs?: number
}

/** How often sessions beyond the first are looked at: one that carries nothing is closed. */
const sweepMs = 60_000

/** The time in which a backend that restarts is back: until then no waiting call is refused. */
const defaultPatienceMs = 2_000

/**
 * The way to one backend: gives calls their streams, lets them wait, where cancel and deadline reach them, and dials as many
 * sessions as those that wait need. docs/decisions/0013-how-calls-wait.md explains the rules.
 */
export class Cluster implements Upstream, SessionListener {
  readonly name: string
  readonly scheme: "http" | "https"
  readonly authority: string
  #target: UpstreamTarget
  readonly #options: ClusterOptions
  readonly #observer: Observer
  readonly #redial: Redial
  readonly #sessions: Sessions
  readonly #clients = new Clients()
  readonly #waiting = new WaitingCalls()
  /** Since when no session has been open; null: one is, or none was wanted yet. */
  #downSince: number | null = null
  #silentPingMs = defaultSilentPingMs
  #lastFailure: Error | null = null
  #sweepTimer: NodeJS.Timeout | null = null
  #isClosed = false

  constructor(target: UpstreamTarget, options: ClusterOptions, observer: Observer) {
    this.name = target.name
    this.scheme = target.isTls ? "https" : "http"
    this.authority = target.authority
    this.#target = target
    this.#options = options
    this.#observer = observer
    this.#sessions = new Sessions(options.maxSessions)
    this.#redial = new Redial(() => this.#dialMissing())
  }

  /** Connects ahead of need. */
  start(): void {
    this.#redial.soon()
  }

  /** New sessions use these certificates; open ones keep theirs. */
  renewTarget(target: UpstreamTarget): void {
    this.#target = target
  }

  /** A call would find an open session. */
  get isReachable(): boolean {
    return this.#sessions.open.size > 0
  }

  get failure(): Error | null {
    return this.#lastFailure
  }

  get queued(): number {
    return this.#waiting.size
  }

  /** Connections that can carry calls, those included whose calls finish. */
  get sessions(): number {
    return this.#sessions.open.size + this.#sessions.draining.size
  }

  get streams(): number {
    return this.#sessions.streams
  }

  /** Client addresses that have calls. */
  get clients(): number {
    return this.#clients.size
  }

  /** Gives the requester a stream now, or lets it wait for one. */
  acquire(requester: StreamRequester): void {
    const { maxCallsPerClient } = this.#options
    const client = this.#clients.at(requester.clientAddress)
    if (maxCallsPerClient !== null && client.streams + client.waiting.size >= maxCallsPerClient) {
      requester.refused(tooManyCalls(client, maxCallsPerClient))
    } else if (!this.#openAtOnce(requester, client)) this.#letWait(requester, client)
    this.#clients.forgetIfIdle(client)
  }

  /** The requester wants no stream any more. */
  release(requester: StreamRequester): void {
    const client = this.#waiting.remove(requester)
    if (client !== null) this.#clients.forgetIfIdle(client)
  }

  /** Lets streams finish; what waits is refused. */
  drain(): void {
    this.#isClosed = true
    this.#redial.stop()
    if (this.#sweepTimer !== null) clearInterval(this.#sweepTimer)
    this.#refuseWaiting(shuttingDown())
    this.#sessions.drain()
  }

  destroy(): void {
    this.#sessions.destroy()
  }

  opened(session: Session): void {
    this.#lastFailure = null
    this.#downSince = null
    this.#redial.succeeded()
    this.#sessions.opened(session)
    if (this.#sessions.open.size > 1) this.#sweepTimer ??= setInterval(() => this.#closeIdle(), sweepMs).unref()
    this.#observer.sessionOpened(this.name, session.address)
    this.#waiting.mayServeAll()
    this.#serveWaiting()
  }

  streamClosed(_session: Session, client: Client): void {
    client.streams--
    this.#waiting.mayServe(client)
    this.#clients.forgetIfIdle(client)
    if (this.#waiting.size > 0) this.#serveWaiting()
  }

  limitChanged(session: Session): void {
    this.#sessions.learn(session)
    this.#waiting.mayServeAll()
    this.#serveWaiting()
  }

  hasRested(): void {
    this.#serveWaiting()
  }

  draining(session: Session, by: "backend" | "bridge"): void {
    if (!this.#sessions.drains(session)) return
    if (by === "backend") this.#redial.lost(performance.now() - session.openedAt)
    this.#reconnect()
  }

  /** Too many of its streams were reset: another takes its place, if there may be one. */
  spent(session: Session): void {
    if (this.#sessions.mayReplaceOne) session.drain()
    else session.rest()
  }

  pingedTooOften(): void {
    this.#silentPingMs *= 2
  }

  closed(session: Session, cause: Error | null): void {
    const was = this.#sessions.closed(session)
    if (was === "connecting") {
      this.#dialFailed(session, cause ?? new Error("closed"))
      return
    }
    this.#observer.sessionClosed(this.name, endOf(session))
    if (was === "open") this.#redial.lost(performance.now() - session.openedAt)
    this.#reconnect()
  }

  get #streamsPerClient(): number {
    return streamsPerClient(this.#sessions.capacity)
  }

  /** Nobody is overtaken: while calls wait that may have a stream, a further one waits too. */
  #openAtOnce(requester: StreamRequester, client: Client): boolean {
    if (this.#waiting.isHungry || client.streams >= this.#streamsPerClient) return false
    const session = this.#sessions.leastLoaded()
    if (session === null) return false
    this.#open(session, requester, client)
    return true
  }

  #open(session: Session, requester: StreamRequester, client: Client): void {
    let stream: UpstreamStream | null = null
    try {
      stream = session.open(requester.fields(), requester, client)
      client.streams++
      requester.opened(stream)
    } catch (cause) {
      stream?.reset(constants.NGHTTP2_CANCEL)
      requester.crashed(cause)
    }
  }

  #letWait(requester: StreamRequester, client: Client): void {
    const refusal = this.#refusalToWait(client)
    if (refusal !== null) {
      requester.refused(refusal)
      return
    }
    this.#waiting.add(requester, client, this.#streamsPerClient)
    this.#reconnect()
  }

  /** Why no further call may wait, or null. */
  #refusalToWait(client: Client): BridgeError | null {
    if (this.#isClosed) return shuttingDown()
    const maxWaiting = this.#options.maxQueued + this.#sessions.roomOnItsWay
    const maxOfOne = waitingPerClient(maxWaiting)
    if (client.waiting.size >= maxOfOne) return tooManyWaiting(client, maxOfOne)
    if (this.#waiting.size < maxWaiting) return null
    return new BridgeError(
      "backend-busy",
      `${this.#waiting.size} calls wait for the backend, as many as this bridge lets wait (--max-queued); try again later`,
    )
  }

  #serveWaiting(): void {
    for (;;) {
      const client = this.#waiting.nextClient(this.#streamsPerClient)
      const session = client === null ? null : this.#sessions.leastLoaded()
      if (client === null || session === null) break
      this.#open(session, this.#waiting.take(client), client)
      this.#clients.forgetIfIdle(client)
    }
    this.#reconnect()
  }

  #closeIdle(): void {
    if (!this.#sessions.closeIdle() || this.#sweepTimer === null) return
    clearInterval(this.#sweepTimer)
    this.#sweepTimer = null
  }

  /** Sees to it that sessions are dialled, if any are missing. */
  #reconnect(): void {
    if (!this.isReachable) this.#downSince ??= performance.now()
    if (this.#isClosed || this.#missing === 0) return
    if (this.#waiting.isHungry) this.#redial.soon()
    else this.#redial.later()
  }

  /** Sessions to dial: as many as those that wait need; one, when nobody waits and none is there. */
  get #missing(): number {
    const { connecting, open, mayDial, streamsPerSession } = this.#sessions
    let wanted = open.size === 0 ? 1 : 0
    if (this.#waiting.isHungry) wanted = Math.ceil(this.#waiting.size / Math.max(1, streamsPerSession))
    if (this.#redial.isFailing) wanted = Math.min(wanted, 1) // one shows whether the backend is back
    return Math.max(0, Math.min(mayDial, wanted - connecting.size))
  }

  #dialMissing(): void {
    if (this.#isClosed) return
    if (!this.isReachable) this.#downSince ??= performance.now()
    const { connectTimeoutMs } = this.#options
    for (let missing = this.#missing; missing > 0; missing--) {
      this.#sessions.connecting.add(
        new Session(this.#target, { connectTimeoutMs, silentPingMs: this.#silentPingMs }, this),
      )
    }
  }

  /** Calls that wait are refused once the backend has been out of reach for a while; those that come then, by the next failure. */
  #dialFailed(session: Session, cause: Error): void {
    if (this.#isClosed) return
    this.#lastFailure = cause
    this.#observer.sessionFailed(this.name, failedConnection(cause, session.address))
    this.#redial.failed()
    const patienceMs = this.#options.patienceMs ?? defaultPatienceMs
    const isDown = this.#downSince !== null && performance.now() - this.#downSince >= patienceMs
    if (isDown && this.#sessions.connecting.size === 0) this.#refuseWaiting(unreachable(this.#target, cause))
    this.#reconnect()
  }

  #refuseWaiting(error: BridgeError): void {
    for (const [requester, client] of this.#waiting.clear()) {
      this.#clients.forgetIfIdle(client)
      requester.refused(error)
    }
  }
}

function shuttingDown(): BridgeError {
  return new BridgeError("draining", "The bridge is shutting down; try again")
}

function endOf({ address, failure }: Session): SessionEnd {
  return { address, why: failure?.message ?? "it was closed in good order", cause: failure }
}
