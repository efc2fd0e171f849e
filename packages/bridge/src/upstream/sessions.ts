import type { Session } from "./session.ts"

/** Streams that one session is expected to carry, before a backend's SETTINGS have said it. */
const assumedStreams = 100

/** All connections to one backend, by how far they are. */
export class Sessions {
  readonly connecting: Set<Session> = new Set()
  readonly open: Set<Session> = new Set()
  /** Their streams finish, and none begins. */
  readonly draining: Set<Session> = new Set()
  readonly #max: number
  readonly #maxSockets: number
  #streamsPerSession = assumedStreams

  /** `max`: sessions at most. */
  constructor(max: number) {
    this.#max = max
    this.#maxSockets = max + Math.max(1, max >> 1)
  }

  /** Sockets. */
  get size(): number {
    return this.connecting.size + this.open.size + this.draining.size
  }

  /** Streams that are open, on draining sessions too. */
  get streams(): number {
    let sum = 0
    for (const session of this.open) sum += session.streams
    for (const session of this.draining) sum += session.streams
    return sum
  }

  /** What one session carries, as the last one's SETTINGS said it. */
  get streamsPerSession(): number {
    return this.#streamsPerSession
  }

  /** What all sessions together would carry. */
  get capacity(): number {
    return this.#max * this.#streamsPerSession
  }

  /** What the sessions on their way will carry. */
  get roomOnItsWay(): number {
    return this.connecting.size * this.#streamsPerSession
  }

  /**
   * How many sessions may be dialled. A session that drains counts, since it is a socket with calls on it; half as many again, and
   * one at least, may drain beside their replacements, so that a backend that closes its connections in turn is not out of reach.
   */
  get mayDial(): number {
    const sessions = this.#max - this.open.size - this.connecting.size
    return Math.max(0, Math.min(sessions, this.#maxSockets - this.size))
  }

  /** A session that begins to drain can be replaced. */
  get mayReplaceOne(): boolean {
    return this.size < this.#maxSockets
  }

  /** The open session with room that carries the fewest streams, or null. */
  leastLoaded(): Session | null {
    let best: Session | null = null
    for (const session of this.open) {
      if (session.hasFreeStream && (best === null || session.streams < best.streams)) best = session
    }
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

  /** False: it was not open. */
  drains(session: Session): boolean {
    if (!this.open.delete(session)) return false
    this.draining.add(session)
    return true
  }

  /** Forgets a session that is gone; gives back how far it was. */
  closed(session: Session): "connecting" | "open" | "draining" {
    if (this.connecting.delete(session)) return "connecting"
    if (this.open.delete(session)) return "open"
    this.draining.delete(session)
    return "draining"
  }

  /** Drains sessions that carry nothing, but for one. True: one alone is open. */
  closeIdle(): boolean {
    for (const session of this.open) {
      if (this.open.size > 1 && session.streams === 0) session.drain()
    }
    return this.open.size <= 1
  }

  /** Closes: streams finish, what connects is given up. */
  drain(): void {
    for (const session of this.open) session.drain()
    for (const session of this.connecting) session.destroy()
  }

  destroy(): void {
    for (const all of [this.connecting, this.open, this.draining]) for (const session of all) session.destroy()
  }
}
