import type { KeepaliveTimes } from "./keepalive.ts"
import type { Session } from "./session.ts"
import { ShortSessions } from "./short-sessions.ts"

/** Assumed stream limit of a session before the backend's SETTINGS arrive. */
const assumedStreams = 100

/** All connections to one backend, grouped by state. */
export class Sessions {
  readonly connecting: Set<Session> = new Set()
  readonly open: Set<Session> = new Set()
  /** Sessions whose open streams finish, and which open no stream. */
  readonly draining: Set<Session> = new Set()
  /** Sessions that have drained, and whose backend has not closed its side yet. The oldest is first. */
  readonly lingering: Set<Session> = new Set()
  #max = 0
  #maxSockets = 0
  readonly #short = new ShortSessions()
  /** Calls on connections that have closed. */
  #callsOfClosed = 0
  #streamsPerSession = assumedStreams

  /** `max`: the limit of sessions. */
  constructor(max: number) {
    this.limit(max)
  }

  /** Changes the limit. Sessions beyond it stay open. */
  limit(max: number): void {
    this.#max = max
    this.#maxSockets = max + Math.max(1, max >> 1)
  }

  /** Number of sockets that carry calls or will. */
  get size(): number {
    return this.connecting.size + this.open.size + this.draining.size
  }

  /** Number of calls with a stream, including those on draining sessions. Health checks do not count. */
  get calls(): number {
    let sum = 0
    for (const session of this.open) sum += session.calls
    for (const session of this.draining) sum += session.calls
    return sum
  }

  /** Calls that were begun on all sessions so far, those that have closed included. */
  get callsBegun(): number {
    let sum = this.#callsOfClosed
    for (const all of [this.open, this.draining, this.lingering]) for (const { callsBegun } of all) sum += callsBegun
    return sum
  }

  /** Calls on the open sessions beyond the first of each. */
  get reuses(): number {
    let sum = 0
    for (const { callsBegun } of this.open) sum += Math.max(0, callsBegun - 1)
    return sum
  }

  /** Streams that the open sessions may carry together. */
  get streamLimit(): number {
    let sum = 0
    for (const { maxStreams } of this.open) sum += maxStreams
    return sum
  }

  /** Time at which the oldest open session opened. Infinity: none is open. */
  get oldestOpenedAt(): number {
    let oldest = Infinity
    for (const { openedAt } of this.open) oldest = Math.min(oldest, openedAt)
    return oldest
  }

  /** Stream limit of one session, from the latest SETTINGS. */
  get streamsPerSession(): number {
    return this.#streamsPerSession
  }

  /** Streams that all sessions together could carry. */
  get capacity(): number {
    return this.#max * this.#streamsPerSession
  }

  /** Calls that one session takes: its stream limit, or fewer while the backend ends sessions soon. */
  get callsPerSession(): number {
    return Math.max(1, Math.min(this.#streamsPerSession, this.#short.callsPerSession))
  }

  /** Streams that the connecting sessions will carry. */
  get roomOnItsWay(): number {
    return this.connecting.size * this.#streamsPerSession
  }

  /** Calls that the open sessions take beside those they have. */
  get room(): number {
    const { callsPerSession } = this
    let sum = 0
    for (const { hasFreeStream, streams } of this.open) if (hasFreeStream) sum += Math.max(0, callsPerSession - streams)
    return sum
  }

  /**
   * How many sessions may be dialled. A draining session counts, since it is a socket with calls on it. Half as many again, and
   * at least one, may drain beside their replacements, so that a backend which closes its connections in turn stays reachable.
   */
  get mayDial(): number {
    const sessions = this.#max - this.open.size - this.connecting.size
    return Math.max(0, Math.min(sessions, this.#maxSockets - this.size))
  }

  /** True if a session that begins to drain can be replaced. */
  get mayReplaceOne(): boolean {
    return this.size < this.#maxSockets
  }

  /**
   * The open session with room and the fewest streams, or null. While the backend ends sessions soon, calls that this session
   * would leave over wait for those that connect.
   */
  leastLoaded(): Session | null {
    let best: Session | null = null
    for (const session of this.open) {
      if (session.hasFreeStream && (best === null || session.streams < best.streams)) best = session
    }
    if (best !== null && this.connecting.size > 0 && best.streams >= this.callsPerSession) return null
    return best
  }

  opened(session: Session): void {
    this.connecting.delete(session)
    this.open.add(session)
    this.learn(session)
  }

  learn(session: Session): void {
    this.#streamsPerSession = session.maxStreams
  }

  /** Moves a session to the draining ones. False: it was not open. */
  drains(session: Session, by: "backend" | "bridge"): boolean {
    if (!this.open.delete(session)) return false
    if (by === "backend") this.#short.ended(session.taken, performance.now() - session.openedAt)
    this.draining.add(session)
    return true
  }

  /**
   * Moves a draining session to the lingering ones. They take no place from others, or else a backend that ends its connections
   * often and closes them late could not be reached. As many as may carry calls may linger: beyond them the oldest is cut.
   */
  lingers(session: Session): void {
    this.draining.delete(session)
    this.lingering.add(session)
    if (this.lingering.size <= this.#maxSockets) return
    for (const oldest of this.lingering) {
      this.lingering.delete(oldest)
      this.#callsOfClosed += oldest.callsBegun
      oldest.destroy()
      return
    }
  }

  /** Forgets a closed session. Returns its last state. */
  closed(session: Session): "connecting" | "open" | "draining" {
    if (this.connecting.delete(session)) return "connecting"
    const wasOpen = this.open.delete(session)
    // One of the lingering ones that was cut is counted already.
    if (wasOpen || this.draining.delete(session) || this.lingering.delete(session)) {
      this.#callsOfClosed += session.callsBegun
    }
    return wasOpen ? "open" : "draining"
  }

  /** Every session pings at these times from now on. */
  keepAlive(times: KeepaliveTimes): void {
    for (const all of [this.connecting, this.open, this.draining]) for (const session of all) session.keepAlive(times)
  }

  /** Drains all but one of the sessions without a call. True: only one session is open. */
  closeIdle(): boolean {
    for (const session of this.open) {
      if (this.open.size > 1 && session.calls === 0) session.drain()
    }
    return this.open.size <= 1
  }

  /** Lets the streams of open sessions finish. */
  drainOpen(): void {
    for (const session of this.open) session.drain()
  }

  /** Lets open streams finish, and gives up connections in progress. */
  drain(): void {
    this.drainOpen()
    for (const session of this.connecting) session.destroy()
  }

  destroy(): void {
    for (const all of [this.connecting, this.open, this.draining, this.lingering]) {
      for (const session of all) session.destroy()
    }
  }
}
