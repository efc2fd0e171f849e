import { constants } from "node:http2"
import { BridgeError } from "../core/errors.ts"
import type { Observer, SessionEnd } from "../core/observer.ts"
import type { UpstreamStream } from "../core/upstream-stream.ts"
import type { StreamRequester, Upstream } from "../core/upstream.ts"
import { defaultSilentPingMs } from "./keepalive.ts"
import { Redial } from "./redial.ts"
import { Session } from "./session.ts"
import type { SessionListener } from "./session.ts"
import type { UpstreamTarget } from "./target.ts"
import { failedConnection, unreachable } from "./unreachable.ts"

/** Limits of one cluster. */
export interface ClusterOptions {
  readonly connectTimeoutMs: number
  /** Connections to the backend at most. */
  readonly maxSessions: number
  /** Calls that wait for a stream at most. */
  readonly maxQueued: number
}

/** How often sessions beyond the first are looked at: one that carries nothing is closed. */
const sweepMs = 60_000

/**
 * The sessions to one backend: the first is opened ahead of need and again whenever it is lost; one more when the backend's
 * stream limit is reached. Calls wait here, where cancel and deadline reach them.
 */
export class Cluster implements Upstream, SessionListener {
  readonly name: string
  readonly scheme: "http" | "https"
  readonly authority: string
  #target: UpstreamTarget
  readonly #options: ClusterOptions
  readonly #observer: Observer
  readonly #redial: Redial
  readonly #sessions = new Set<Session>()
  readonly #waiting = new Set<StreamRequester>()
  #connecting: Session | null = null
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
    this.#redial = new Redial(() => this.#connect())
  }

  /** Connects ahead of need. */
  start(): void {
    this.#connect()
  }

  /** New sessions use these certificates; open ones keep theirs. */
  renewTarget(target: UpstreamTarget): void {
    this.#target = target
  }

  /** A call would find an open session. */
  get isReachable(): boolean {
    return this.#openSessions > 0
  }

  get failure(): Error | null {
    return this.#lastFailure
  }

  get queued(): number {
    return this.#waiting.size
  }

  get sessions(): number {
    return this.#sessions.size
  }

  get streams(): number {
    let sum = 0
    for (const session of this.#sessions) sum += session.streams
    return sum
  }

  /** Sessions that take further streams; those that drain are on their way out. */
  get #openSessions(): number {
    let sum = 0
    for (const session of this.#sessions) if (session.state.kind === "open") sum++
    return sum
  }

  /** Gives the requester a stream now, or lets it wait for one. */
  acquire(requester: StreamRequester): void {
    if (this.#open(requester)) return
    if (this.#isClosed) {
      requester.refused(shuttingDown())
      return
    }
    if (this.#waiting.size >= this.#options.maxQueued) {
      requester.refused(new BridgeError("backend-busy", "Too many calls wait for the backend; try again later"))
      return
    }
    this.#waiting.add(requester)
    this.#wantSession()
  }

  /** The requester wants no stream any more. */
  release(requester: StreamRequester): void {
    this.#waiting.delete(requester)
  }

  /** Lets streams finish; what waits is refused. */
  drain(): void {
    this.#isClosed = true
    this.#redial.stop()
    if (this.#sweepTimer !== null) clearInterval(this.#sweepTimer)
    this.#refuseWaiting(shuttingDown())
    for (const session of this.#sessions) session.drain()
    this.#connecting?.destroy()
  }

  destroy(): void {
    for (const session of this.#sessions) session.destroy()
  }

  opened(session: Session): void {
    this.#connecting = null
    this.#lastFailure = null
    this.#redial.succeeded()
    this.#sessions.add(session)
    if (this.#sessions.size > 1) this.#sweepTimer ??= setInterval(() => this.#closeIdle(), sweepMs).unref()
    this.#observer.sessionOpened(this.name, session.address)
    this.#serveWaiting()
  }

  hasRoom(): void {
    if (this.#waiting.size > 0) this.#serveWaiting()
  }

  draining(): void {
    if (!this.isReachable) this.#wantSession()
  }

  pingedTooOften(): void {
    this.#silentPingMs *= 2
  }

  closed(session: Session, cause: Error | null): void {
    if (this.#sessions.delete(session)) this.#observer.sessionClosed(this.name, endOf(session))
    if (session === this.#connecting) this.#connectFailed(session, cause ?? new Error("closed"))
    else if (this.#waiting.size > 0) this.#wantSession()
    else if (!this.isReachable && this.#connecting === null) this.#redial.lost(performance.now() - session.openedAt)
  }

  #open(requester: StreamRequester): boolean {
    let best: Session | null = null
    for (const session of this.#sessions) {
      if (session.hasFreeStream && (best === null || session.streams < best.streams)) best = session
    }
    if (best === null) return false
    let stream: UpstreamStream | null = null
    try {
      stream = best.open(requester.fields(), requester)
      if (stream === null) return false
      requester.opened(stream)
    } catch (cause) {
      stream?.reset(constants.NGHTTP2_CANCEL)
      requester.crashed(cause)
    }
    return true
  }

  #serveWaiting(): void {
    for (const requester of this.#waiting) {
      if (!this.#open(requester)) break
      this.#waiting.delete(requester)
    }
    if (this.#waiting.size > 0) this.#wantSession()
  }

  #closeIdle(): void {
    let open = this.#openSessions
    for (const session of this.#sessions) {
      if (open <= 1 || session.streams > 0 || session.state.kind !== "open") continue
      open--
      session.drain()
    }
    if (open > 1 || this.#sweepTimer === null) return
    clearInterval(this.#sweepTimer)
    this.#sweepTimer = null
  }

  #wantSession(): void {
    if (this.#connecting !== null || this.#isClosed || this.#openSessions >= this.#options.maxSessions) return
    this.#redial.soon()
  }

  #connect(): void {
    if (this.#connecting !== null || this.#isClosed) return
    this.#connecting = new Session(
      this.#target,
      { connectTimeoutMs: this.#options.connectTimeoutMs, silentPingMs: this.#silentPingMs },
      this,
    )
  }

  #connectFailed(session: Session, cause: Error): void {
    this.#connecting = null
    if (this.#isClosed) return
    this.#lastFailure = cause
    this.#observer.sessionFailed(this.name, failedConnection(cause, session.address))
    this.#redial.failed()
    if (this.isReachable) return
    this.#refuseWaiting(unreachable(this.#target, cause))
  }

  #refuseWaiting(error: BridgeError): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const requester of waiting) requester.refused(error)
  }
}

function shuttingDown(): BridgeError {
  return new BridgeError("draining", "The bridge is shutting down; try again")
}

function endOf({ address, failure }: Session): SessionEnd {
  return { address, why: failure?.message ?? "it was closed in good order", cause: failure }
}
