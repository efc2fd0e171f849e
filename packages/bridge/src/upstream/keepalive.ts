const checkMs = 10_000
/** After this long without a byte, while calls wait, the backend is asked whether it is there. */
const silentMs = 20_000
const answerMs = 20_000
/** gRPC servers close a connection that is pinged oftener than this while they send nothing (too_many_pings). */
const silentPingEveryMs = 305_000

/** A session as far as this is concerned. */
export interface Pingable {
  readonly destroyed: boolean
  ping(onAnswer: () => void): unknown
}

/**
 * Finds out within 50 s that a backend has gone without a word, by HTTP/2 PING, and stays within what gRPC servers allow: a
 * second ping without data in between waits five minutes.
 */
export class Keepalive {
  readonly #session: Pingable
  readonly #hasCalls: () => boolean
  readonly #onSilence: (error: Error) => void
  readonly #now: () => number
  #timer: NodeJS.Timeout | null = null
  #answerTimer: NodeJS.Timeout | null = null
  #hasHeard = true
  #heardAt = 0
  #pingedAt = -Infinity
  #hasHeardSincePing = true

  constructor(
    session: Pingable,
    hasCalls: () => boolean,
    onSilence: (error: Error) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#session = session
    this.#hasCalls = hasCalls
    this.#onSilence = onSilence
    this.#now = now
  }

  start(): void {
    this.#heardAt = this.#now()
    this.#timer = setInterval(() => this.check(), checkMs).unref()
  }

  /** Something came from the backend. Called per chunk: the time is taken by the next check. */
  heard(): void {
    this.#hasHeard = true
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    if (this.#answerTimer !== null) clearTimeout(this.#answerTimer)
  }

  check(): void {
    const now = this.#now()
    if (this.#hasHeard) {
      this.#hasHeard = false
      this.#hasHeardSincePing = true
      this.#heardAt = now
    }
    if (!this.#hasCalls() || this.#session.destroyed) {
      this.#heardAt = now
      return
    }
    if (now - this.#heardAt < silentMs || this.#answerTimer !== null || this.#session.destroyed) return
    if (!this.#hasHeardSincePing && now - this.#pingedAt < silentPingEveryMs) return
    this.#ping(now)
  }

  #ping(now: number): void {
    this.#pingedAt = now
    this.#hasHeardSincePing = false
    this.#answerTimer = setTimeout(() => {
      this.#onSilence(new Error(`the backend has not answered an HTTP/2 PING within ${answerMs} ms`))
    }, answerMs)
    this.#session.ping(() => {
      if (this.#answerTimer !== null) clearTimeout(this.#answerTimer)
      this.#answerTimer = null
    })
  }
}
