import { BridgeError } from "../core/errors.ts"
import type { Observer, SessionEnd } from "../core/observer.ts"
import type { StreamRequester, Upstream } from "../core/upstream.ts"
import type { Client } from "./clients.ts"
import { Dialler } from "./dialler.ts"
import type { DispatchLimits } from "./dispatcher.ts"
import { Dispatcher } from "./dispatcher.ts"
import { defaultSilentPingMs } from "./keepalive.ts"
import type { SessionListener } from "./session.ts"
import { Session } from "./session.ts"
import { Sessions } from "./sessions.ts"
import type { UpstreamTarget } from "./target.ts"
import { failedConnection, unreachable } from "./unreachable.ts"
import { WaitingCalls } from "./waiting-calls.ts"

/** Limits of one cluster. */
export interface ClusterOptions extends DispatchLimits {
  readonly connectTimeoutMs: number
  /** Connections to the backend at most. */
  readonly maxSessions: number
  /** How long calls wait for a backend that was lost. Default 2 s. */
  readonly patienceMs?: number
}

/** How often sessions beyond the first are looked at: one that carries nothing is closed. */
const sweepMs = 60_000

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
  readonly #dialler: Dialler
  readonly #sessions: Sessions
  readonly #waiting = new WaitingCalls()
  readonly #dispatcher: Dispatcher
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
    this.#dispatcher = new Dispatcher(this.#sessions, this.#waiting, options)
    const { patienceMs } = options
    const parts = { sessions: this.#sessions, waiting: this.#waiting, dial: () => this.#dial(), patienceMs }
    this.#dialler = new Dialler(parts)
  }

  /** Connects ahead of need. */
  start(): void {
    this.#dialler.start()
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
    return this.#dispatcher.clients
  }

  /** Gives the requester a stream now, or lets it wait for one. */
  acquire(requester: StreamRequester): void {
    this.#dispatcher.acquire(requester, this.#isClosed ? shuttingDown() : null)
    if (this.#waiting.isHungry) this.#reconnect()
  }

  /** The requester wants no stream any more. */
  release(requester: StreamRequester): void {
    this.#dispatcher.release(requester)
  }

  /** Lets streams finish; what waits is refused. */
  drain(): void {
    this.#isClosed = true
    this.#dialler.stop()
    if (this.#sweepTimer !== null) clearInterval(this.#sweepTimer)
    this.#dispatcher.refuseWaiting(shuttingDown())
    this.#sessions.drain()
  }

  destroy(): void {
    this.#sessions.destroy()
  }

  opened(session: Session): void {
    this.#lastFailure = null
    this.#dialler.succeeded()
    this.#sessions.opened(session)
    if (this.#sessions.open.size > 1) this.#sweepTimer ??= setInterval(() => this.#closeIdle(), sweepMs).unref()
    this.#observer.sessionOpened(this.name, session.address, session.addressesOfName)
    this.#waiting.mayServeAll()
    this.#serveWaiting()
  }

  streamClosed(_session: Session, client: Client): void {
    this.#dispatcher.streamClosed(client)
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
    if (by === "backend") this.#dialler.lost(session)
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
    if (was === "open") this.#dialler.lost(session)
    this.#reconnect()
  }

  #serveWaiting(): void {
    this.#dispatcher.serveWaiting()
    this.#reconnect()
  }

  #closeIdle(): void {
    if (!this.#sessions.closeIdle() || this.#sweepTimer === null) return
    clearInterval(this.#sweepTimer)
    this.#sweepTimer = null
  }

  #reconnect(): void {
    if (!this.#isClosed) this.#dialler.dialIfNeeded()
  }

  #dial(): Session {
    const { connectTimeoutMs } = this.#options
    return new Session(this.#target, { connectTimeoutMs, silentPingMs: this.#silentPingMs }, this)
  }

  /** Calls that wait are refused once the backend has been out of reach for a while; those that come then, by the next failure. */
  #dialFailed(session: Session, cause: Error): void {
    if (this.#isClosed) return
    this.#lastFailure = cause
    this.#observer.sessionFailed(this.name, failedConnection(cause, session.address))
    if (this.#dialler.failed()) this.#dispatcher.refuseWaiting(unreachable(this.#target, cause))
    this.#reconnect()
  }
}

function shuttingDown(): BridgeError {
  return new BridgeError("draining", "The bridge is shutting down; try again")
}

function endOf({ address, failure }: Session): SessionEnd {
  return { address, why: failure?.message ?? "it was closed in good order", cause: failure }
}
