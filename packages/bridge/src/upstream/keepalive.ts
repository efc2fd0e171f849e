const checkMs = 10_000
/** After this long without a byte, while calls wait, the backend is asked whether it is there. */
const silentMs = 20_000
const answerMs = 20_000
/** gRPC servers close a connection that is pinged oftener than this while they send nothing (too_many_pings). */
export const defaultSilentPingMs = 305_000

/** A session as far as this is concerned. */
export interface Pingable {
  readonly destroyed: boolean
  ping(onAnswer: () => void): unknown
}

/** What a session's keepalive goes by. */
export interface KeepaliveOptions {
  readonly hasCalls: () => boolean
  /** The backend has not answered: it is gone. */
  readonly onSilence: (error: Error) => void
  /** Between pings while nothing comes from the backend. */
  readonly silentPingMs: number
  readonly now?: () => number
}

/**
 * Finds out within 50 s that a backend has gone without a word, by HTTP/2 PING, and stays within what gRPC servers allow: a
 * second ping without data in between waits five minutes.
 */
export class Keepalive {
  readonly #session: Pingable
  readonly #options: KeepaliveOptions
  readonly #now: () => number
  #timer: NodeJS.Timeout | null = null
  #answerTimer: NodeJS.Timeout | null = null
  #hasHeard = true
  #heardAt = 0
  #pingedAt = -Infinity
  #hasHeardSincePing = true

  constructor(session: Pingable, options: KeepaliveOptions) {
    this.#session = session
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
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

  /** Asks the backend if it is time to. Called by the timer. */
  check(): void {
    const now = this.#now()
    if (this.#hasHeard) {
      this.#hasHeard = false
      this.#hasHeardSincePing = true
      this.#heardAt = now
    }
    if (!this.#options.hasCalls() || this.#session.destroyed) {
      this.#heardAt = now
      return
    }
    if (now - this.#heardAt < silentMs || this.#answerTimer !== null) return
    if (!this.#hasHeardSincePing && now - this.#pingedAt < this.#options.silentPingMs) return
    this.#ping(now)
  }

  #ping(now: number): void {
    this.#pingedAt = now
    this.#hasHeardSincePing = false
    this.#answerTimer = setTimeout(() => {
      this.#options.onSilence(new Error(`the backend has not answered an HTTP/2 PING within ${answerMs} ms`))
    }, answerMs)
    this.#session.ping(() => {
      if (this.#answerTimer !== null) clearTimeout(this.#answerTimer)
      this.#answerTimer = null
    })
  }
}
