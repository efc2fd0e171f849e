import type { Socket } from "node:net"
import type { CallEndpoint } from "../core/upstream.ts"
import type { Lost, UpstreamListener, UpstreamStream } from "../core/upstream-stream.ts"
import type { Client } from "./clients.ts"
import { addressOf, dial } from "./dial.ts"
import { h2ErrorName } from "./h2-errors.ts"
import type { ClosedStream, Http2Connection, Http2ConnectionListener } from "./http2-connection.ts"
import type { KeepaliveTimes } from "./keepalive.ts"
import { Keepalive } from "./keepalive.ts"
import { ResetAllowance, restMs } from "./reset-allowance.ts"
import type { SessionClosing } from "./session-end.ts"
import { callsTaken, howLost, whyLost, whyNeverOpen, whySilent } from "./session-end.ts"
import type { SessionOptions } from "./session-limits.ts"
import { lingerMs, maxStreamsPerSession } from "./session-limits.ts"
import type { SessionState } from "./session-state.ts"
import type { UpstreamTarget } from "./target.ts"

/** Callbacks of a session, for its endpoint. */
export interface SessionListener extends CallEndpoint {
  opened(session: Session): void
  /** A stream of this client, or of a health check (null), has ended, so there may be room. */
  streamClosed(client: Client | null): void
  /** The backend has changed its stream limit. */
  limitChanged(session: Session): void
  /** Too many streams were reset. The listener calls `drain` or `rest`. */
  spent(session: Session): void
  /** The session accepts streams again. */
  hasRested(session: Session): void
  /** The session opens no further stream. */
  draining(session: Session, by: "backend" | "bridge"): void
  /** The draining session has no stream left. The backend has some time to close its side. */
  lingering(session: Session): void
  /** The backend wants fewer pings (gRFC A8). */
  pingedTooOften(): void
  /** The session is closed. `cause`: the error of the connection; null: there was none. */
  closed(session: Session, cause: Error | null): void
}

/**
 * One HTTP/2 connection to a backend: when it opens, how many streams it carries, when it is pinged, when it ends. It counts its
 * streams itself: beyond the peer's limit node:http2 queues requests silently, where neither cancel nor deadline would reach them.
 */
export class Session implements Http2ConnectionListener {
  readonly #socket: Socket
  readonly #connection: Http2Connection
  readonly #listener: SessionListener
  readonly #keepalive: Keepalive
  readonly #connectTimer: NodeJS.Timeout
  #state: SessionState = { kind: "connecting" }
  readonly #resets = new ResetAllowance()
  #openedAt = 0
  #maxStreams = 0
  #streams = 0
  #checks = 0
  #callsBegun = 0
  #lastStreamId = Infinity
  #goawayCode = 0
  #failure: Error | null = null
  #address: string | null = null
  #addressesOfName = 0
  #hasLostCalls = false
  #leftBy: "backend" | "bridge" | null = null
  #hasServed = false

  constructor(
    target: UpstreamTarget,
    { connect, connectTimeoutMs, keepalive }: SessionOptions,
    listener: SessionListener,
  ) {
    this.#listener = listener
    const socket = (this.#socket = dial(target))
    socket.on("lookup", () => this.#addressesOfName++)
    socket.once("connect", () => (this.#address = addressOf(target, socket)))
    // TLS 1.3 refuses a certificate by an alert after the handshake. Only the socket reports it.
    socket.on("error", (error) => process.nextTick(() => this.#fail(error)))
    this.#connection = connect(socket, this)
    this.#keepalive = new Keepalive(this.#connection, {
      hasCalls: () => this.#streams > 0,
      onSilence: (error) => this.#fail(error),
      times: keepalive,
    })
    this.#connectTimer = setTimeout(() => this.#fail(whySilent(socket, connectTimeoutMs)), connectTimeoutMs)
  }

  /** The endpoint that this session belongs to. */
  get endpoint(): CallEndpoint {
    return this.#listener
  }

  /** `address:port` of the backend. Null: no TCP connection was made. */
  get address(): string | null {
    return this.#address
  }

  /** Number of addresses of the backend's name. 0: the target is an address. */
  get addressesOfName(): number {
    return this.#addressesOfName
  }

  /** The error of the connection. Null: there was none. */
  get failure(): Error | null {
    return this.#failure
  }

  /** Who has announced the end, once the session is closed. */
  get closing(): SessionClosing {
    if (this.#leftBy === "backend" && this.#hasLostCalls) return "cut"
    return this.#leftBy ?? "nobody"
  }

  /** Time of opening, in monotonic milliseconds. */
  get openedAt(): number {
    return this.#openedAt
  }

  /** The backend has answered a call, or its GOAWAY names one that it takes. */
  get hasServed(): boolean {
    return this.#hasServed
  }

  /** Number of calls that the backend's GOAWAY names. 0: none. */
  get taken(): number {
    return callsTaken(this.#lastStreamId)
  }

  /** Number of open streams. */
  get streams(): number {
    return this.#streams
  }

  /** Number of open streams without those of health checks. */
  get calls(): number {
    return this.#streams - this.#checks
  }

  /** Number of calls that got a stream so far. */
  get callsBegun(): number {
    return this.#callsBegun
  }

  /** Limit of open streams: the backend's or ours, whichever is lower. */
  get maxStreams(): number {
    return this.#maxStreams
  }

  get hasFreeStream(): boolean {
    return this.#state.kind === "open" && this.#streams < this.#maxStreams && this.#connection.canRequest
  }

  /** Opens a stream for a call of this client, or for a health check (null). Call only while `hasFreeStream`. */
  open(fields: string[], to: UpstreamListener, client: Client | null): UpstreamStream {
    const stream = this.#connection.request(fields, to, client)
    this.#streams++
    this.#keepalive.callBegan()
    if (client === null) this.#checks++
    else this.#callsBegun++
    if (!this.#connection.hasIds) this.drain()
    return stream
  }

  /** Pings at these times from now on. */
  keepAlive(times: KeepaliveTimes): void {
    this.#keepalive.configure(times)
  }

  /** Lets open streams finish, then closes. */
  drain(): void {
    this.#leave("bridge")
    this.#connection.close()
  }

  /** Opens no stream until the backend has forgotten some of the resets. */
  rest(): void {
    if (this.#state.kind !== "open") return
    const timer = setTimeout(() => {
      this.#state = { kind: "open" }
      this.#listener.hasRested(this)
    }, restMs)
    this.#state = { kind: "resting", timer }
  }

  /** Closes at once. Open streams are lost. */
  destroy(): void {
    this.#leftBy ??= "bridge"
    this.#connection.destroy()
  }

  // Events of the connection.

  streamClosed(client: Client | null): void {
    this.#streams--
    if (client === null) this.#checks--
    this.#lingerIfEmpty()
    this.#listener.streamClosed(client)
  }

  streamReset(): void {
    if (!this.#resets.spend() && this.#state.kind === "open") this.#listener.spent(this)
  }

  streamReceived(): void {
    this.#hasServed = true
    this.#keepalive.received()
  }

  howLost(stream: ClosedStream): Lost {
    if (this.#connection.destroyed) this.#hasLostCalls = true
    return howLost(stream, {
      isOver: this.#connection.destroyed || this.#state.kind === "closed",
      lastStreamId: this.#lastStreamId,
      goawayCode: this.#goawayCode,
      hasServed: this.#hasServed,
      cause: this.#failure,
    })
  }

  settingsCame(maxStreams: number): void {
    clearTimeout(this.#connectTimer)
    this.#maxStreams = Math.min(maxStreams, maxStreamsPerSession)
    if (this.#state.kind === "connecting") {
      this.#state = { kind: "open" }
      this.#openedAt = performance.now()
      this.#keepalive.start()
      this.#listener.opened(this)
    } else this.#listener.limitChanged(this)
  }

  goawayCame(code: number, lastStreamId: number, words: string): void {
    this.#lastStreamId = Math.min(this.#lastStreamId, lastStreamId)
    this.#goawayCode = code
    if (this.#streams > 0 && callsTaken(lastStreamId) > 0) this.#hasServed = true
    if (words === "too_many_pings") this.#listener.pingedTooOften()
    if (code !== 0) this.#failure ??= new Error(`the backend closed the connection (GOAWAY ${h2ErrorName(code)})`)
    this.#leave("backend")
  }

  connectionFailed(error: Error): void {
    this.#failure ??= error
  }

  connectionClosed(): void {
    clearTimeout(this.#connectTimer)
    const before = this.#state.kind
    if (before === "closed") return
    this.#become({ kind: "closed" })
    this.#keepalive.stop()
    if (before === "connecting") this.#failure = whyNeverOpen(this.#failure, this.#socket)
    else if (this.#failure !== null || (before !== "draining" && before !== "lingering" && this.#hasLostCalls))
      this.#failure = whyLost(this.#failure)
    this.#listener.closed(this, this.#failure)
  }

  #leave(by: "backend" | "bridge"): void {
    if (this.#state.kind !== "open" && this.#state.kind !== "resting") return
    this.#leftBy = by
    this.#become({ kind: "draining" })
    this.#listener.draining(this, by)
    this.#lingerIfEmpty()
  }

  /** Node's session waits for the backend to close its side too, and a backend that hangs never does (Node 22–26). */
  #lingerIfEmpty(): void {
    if (this.#state.kind !== "draining" || this.#streams > 0) return
    this.#become({ kind: "lingering", timer: setTimeout(() => this.destroy(), lingerMs) })
    this.#listener.lingering(this)
  }

  #become(state: SessionState): void {
    if (this.#state.kind === "resting" || this.#state.kind === "lingering") clearTimeout(this.#state.timer)
    this.#state = state
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#connection.destroy(error)
  }
}
