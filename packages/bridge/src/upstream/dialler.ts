import { Redial } from "./redial.ts"
import type { Session } from "./session.ts"
import type { Sessions } from "./sessions.ts"
import type { WaitingCalls } from "./waiting-calls.ts"

/** The time in which a backend that restarts is back: until then no waiting call is refused. */
const defaultPatienceMs = 2_000

/** What a dialler works with. */
export interface DiallerParts {
  readonly sessions: Sessions
  readonly waiting: WaitingCalls
  /** Begins a session. */
  readonly dial: () => Session
  /** How long calls wait for a backend that was lost. Default 2 s. */
  readonly patienceMs: number | undefined
}

/** Decides how many sessions are dialled, and for how long a lost backend is waited for; when, `Redial` decides. */
export class Dialler {
  readonly #sessions: Sessions
  readonly #waiting: WaitingCalls
  readonly #dial: () => Session
  readonly #patienceMs: number
  readonly #redial: Redial
  /** Since when no session has been open; null: one is, or none was wanted yet. */
  #downSince: number | null = null

  constructor({ sessions, waiting, dial, patienceMs = defaultPatienceMs }: DiallerParts) {
    this.#sessions = sessions
    this.#waiting = waiting
    this.#dial = dial
    this.#patienceMs = patienceMs
    this.#redial = new Redial(() => this.#dialMissing())
  }

  /** Sees to it that sessions are dialled, if any are missing: soon while calls wait, at leisure while none does. */
  dialIfNeeded(): void {
    if (this.#sessions.open.size === 0) this.#downSince ??= performance.now()
    if (this.#missing === 0) return
    if (this.#waiting.isHungry) this.#redial.soon()
    else this.#redial.later()
  }

  /** Dials now, though no call waits. */
  start(): void {
    this.#redial.soon()
  }

  stop(): void {
    this.#redial.stop()
  }

  succeeded(): void {
    this.#downSince = null
    this.#redial.succeeded()
  }

  /** A dial has failed. True: the backend has been out of reach for so long that no call should wait for it. */
  failed(): boolean {
    this.#redial.failed()
    if (this.#sessions.connecting.size > 0 || this.#downSince === null) return false
    return performance.now() - this.#downSince >= this.#patienceMs
  }

  /** The backend ended an open session. */
  lost(session: Session): void {
    this.#redial.lost(performance.now() - session.openedAt)
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
    if (this.#sessions.open.size === 0) this.#downSince ??= performance.now()
    for (let missing = this.#missing; missing > 0; missing--) this.#sessions.connecting.add(this.#dial())
  }
}
