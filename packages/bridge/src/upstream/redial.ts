const firstDelayMs = 100
const maxDelayMs = 5_000
const factor = 1.6
/** A session that lived this long, even without a call, shows that the backend is well: the pauses are short again. */
const soundLifeMs = 1_000

/**
 * Decides when to dial a backend again. While no call waits: after growing, jittered pauses (gRPC's connection back-off). As soon
 * as a call waits: at most `firstDelayMs` after the last failure, so that the next call finds a backend that is back. A session
 * that the backend closes soon after it opened, before it has served a call, counts as a failure, so that a backend that accepts
 * and closes does not cause a reconnect loop. A session that has served calls needs no pause: their number bounds the dials.
 */
export class Redial {
  readonly #dial: () => void
  readonly #random: () => number
  #pauseMs = firstDelayMs
  #nextPauseMs = firstDelayMs
  #failedAt = -Infinity
  #dialledAt = -Infinity
  #timer: NodeJS.Timeout | null = null
  #dueAt = Infinity
  #isStopped = false

  /** `dial` opens as many connections as are needed. */
  constructor(dial: () => void, random: () => number = Math.random) {
    this.#dial = dial
    this.#random = random
  }

  /** The last attempt failed, or its session ended too soon: only one attempt at a time is made. */
  get isFailing(): boolean {
    return this.#failedAt !== -Infinity
  }

  /** Dials soon, since a call waits. */
  soon(): void {
    this.#schedule(Math.max(0, this.#failedAt + firstDelayMs - performance.now()))
  }

  /** Dials after the current pause, since no call waits. */
  later(): void {
    this.#schedule(this.#pauseMs * (0.8 + 0.4 * this.#random()))
  }

  /** No connection was made. Of several simultaneous dials, only the first failure counts. */
  failed(): void {
    if (this.#failedAt >= this.#dialledAt && this.isFailing) return
    this.#fail()
  }

  /** The backend ended a session, with or without GOAWAY. */
  lost(hasServed: boolean, livedMs: number): void {
    if (hasServed || livedMs >= soundLifeMs) this.#pauseMs = this.#nextPauseMs = firstDelayMs
    else this.#fail()
  }

  succeeded(): void {
    this.#failedAt = -Infinity
    this.#cancel()
  }

  stop(): void {
    this.#isStopped = true
    this.#cancel()
  }

  #fail(): void {
    this.#failedAt = performance.now()
    this.#pauseMs = this.#nextPauseMs
    this.#nextPauseMs = Math.min(maxDelayMs, this.#nextPauseMs * factor)
  }

  #schedule(delayMs: number): void {
    const dueAt = performance.now() + delayMs
    if (this.#isStopped || dueAt >= this.#dueAt) return
    this.#cancel()
    if (delayMs === 0) this.#dialNow()
    else {
      this.#dueAt = dueAt
      this.#timer = setTimeout(() => this.#dialNow(), delayMs)
    }
  }

  #dialNow(): void {
    this.#cancel()
    this.#dialledAt = performance.now()
    this.#dial()
  }

  #cancel(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#dueAt = Infinity
  }
}
