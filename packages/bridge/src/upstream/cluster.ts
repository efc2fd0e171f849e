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
  /** Limit of connections to the backend. */
  readonly maxSessions: number
  /** How long calls wait for a backend that was lost. Default 2 s. */
  readonly patienceMs?: number
}

/** Interval of the check for surplus sessions. All but one of the sessions without a stream are closed. */
const sweepMs = 60_000

/**
 * Provides streams to one backend. Calls wait here for a stream, and cancel and deadline reach them while they wait. Opens as
 * many sessions as the waiting calls need. docs/decisions/0013-how-calls-wait.md explains the rules.
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

  /** Connects before the first call. */
  start(): void {
    this.#dialler.start()
  }

  /** Uses these certificates for new sessions; open sessions keep theirs. */
  renewTarget(target: UpstreamTarget): void {
    this.#target = target
  }

  /** True if there is an open session. */
  get isReachable(): boolean {
    return this.#sessions.open.size > 0
  }

  get failure(): Error | null {
    return this.#lastFailure
  }

  get queued(): number {
    return this.#waiting.size
  }

  /** Number of connections, including draining ones, whose calls finish, and lingering ones. */
  get sessions(): number {
    const { open, draining, lingering } = this.#sessions
    return open.size + draining.size + lingering.size
  }

  get streams(): number {
    return this.#sessions.streams
  }

  /** Number of client addresses with calls. */
  get clients(): number {
    return this.#dispatcher.clients
  }

  /** Gives the requester a stream now, or lets it wait for one. */
  acquire(requester: StreamRequester): void {
    this.#dispatcher.acquire(requester, this.#isClosed ? shuttingDown() : null)
    if (this.#waiting.hasServableCall) this.#reconnect()
  }

  /** The requester no longer wants a stream. */
  release(requester: StreamRequester): void {
    this.#dispatcher.release(requester)
  }

  /** Lets open streams finish, and refuses waiting calls. */
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

  streamClosed(client: Client): void {
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
    if (!this.#sessions.drains(session, by)) return
    if (by === "backend") this.#dialler.lost(session)
    this.#reconnect()
  }

  lingering(session: Session): void {
    this.#sessions.lingers(session)
    this.#reconnect()
  }

  /** Too many streams of this session were reset. Another session replaces it if the limit allows; otherwise it rests. */
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

  /** Dials first: while sessions connect, an open one is not given more than it will take. */
  #serveWaiting(): void {
    if (this.#waiting.size > 0) this.#reconnect()
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

  /**
   * Waiting calls are refused once the backend has been unreachable for `patienceMs`. Calls that come later are refused at the
   * next failure.
   */
  #dialFailed(session: Session, cause: Error): void {
    if (this.#isClosed) return
    this.#lastFailure = cause
    this.#observer.sessionFailed(this.name, failedConnection(cause, session.address))
    if (this.#dialler.failed()) this.#dispatcher.refuseWaiting(unreachable(this.#target, cause))
    this.#serveWaiting()
  }
}

function shuttingDown(): BridgeError {
  return new BridgeError("draining", "The bridge is shutting down; try again")
}

function endOf({ address, failure }: Session): SessionEnd {
  return { address, why: failure?.message ?? "it was closed in good order", cause: failure }
}
