import { Redial } from "./redial.ts"
import type { Session } from "./session.ts"
import type { Sessions } from "./sessions.ts"

/** A backend that restarts is usually back within this time. Until then no waiting call is refused. */
const defaultPatienceMs = 2_000

/** The calls that wait for a stream. */
export interface Demand {
  /** True if a waiting call may have a stream. */
  readonly isServable: boolean
  /** Number of calls that sessions of one endpoint should serve. */
  readonly calls: number
}

/** Parts of the endpoint that a dialler uses. */
export interface DiallerParts {
  readonly sessions: Sessions
  readonly demand: Demand
  /** Opens a session. */
  readonly dial: () => Session
  /** How long calls wait for a backend that was lost. Default 2 s. */
  readonly patienceMs: number | undefined
}

/** Decides how many sessions to open, and how long to wait for a lost backend. `Redial` decides when to dial. */
export class Dialler {
  readonly #sessions: Sessions
  readonly #demand: Demand
  readonly #dial: () => Session
  readonly #patienceMs: number
  readonly #redial: Redial
  /** Time since which no session is open. Null: one is open, or none was needed yet. */
  #downSince: number | null = null
  /** No session is opened before a call waits for one. */
  #isAsleep = false

  constructor({ sessions, demand, dial, patienceMs = defaultPatienceMs }: DiallerParts) {
    this.#sessions = sessions
    this.#demand = demand
    this.#dial = dial
    this.#patienceMs = patienceMs
    this.#redial = new Redial(() => this.#dialMissing())
  }

  /** Dials missing sessions, if any: soon while calls wait, with growing pauses otherwise. */
  dialIfNeeded(): void {
    this.#noticeNeed()
    if (this.#missing === 0) return
    if (this.#demand.isServable) this.#redial.soon()
    else this.#redial.later()
  }

  /** Dials now, although no call waits. */
  start(): void {
    this.#redial.soon()
  }

  /** Dials no more until a call waits for a session. */
  sleep(): void {
    this.#isAsleep = true
  }

  get isAsleep(): boolean {
    return this.#isAsleep
  }

  stop(): void {
    this.#redial.stop()
  }

  succeeded(): void {
    this.#downSince = null
    this.#redial.succeeded()
  }

  /** A dial has failed. True: the backend has been unreachable for so long that no call should wait for it. */
  failed(): boolean {
    this.#redial.failed()
    if (this.#sessions.connecting.size > 0 || this.#downSince === null) return false
    return performance.now() - this.#downSince >= this.#patienceMs
  }

  /** The backend has ended an open session. */
  lost(session: Session): void {
    this.#redial.lost(session.hasServed, performance.now() - session.openedAt)
  }

  /** Number of sessions to dial: as many as the waiting calls need. Without waiting calls, one if none is open, unless asleep. */
  get #missing(): number {
    const { connecting, open, mayDial, callsPerSession, room } = this.#sessions
    let wanted = open.size === 0 && !this.#isAsleep ? 1 : 0
    if (this.#demand.isServable) wanted = Math.ceil((this.#demand.calls - room) / callsPerSession)
    if (this.#redial.isFailing) wanted = Math.min(wanted, 1) // one dial is enough to find out whether the backend is back
    return Math.max(0, Math.min(mayDial, wanted - connecting.size))
  }

  /** A waiting call ends the sleep. Time asleep is no time in which the backend was lost. */
  #noticeNeed(): void {
    if (this.#demand.isServable) this.#isAsleep = false
    if (this.#sessions.open.size === 0 && !this.#isAsleep) this.#downSince ??= performance.now()
  }

  #dialMissing(): void {
    this.#noticeNeed()
    for (let missing = this.#missing; missing > 0; missing--) this.#sessions.connecting.add(this.#dial())
  }
}
