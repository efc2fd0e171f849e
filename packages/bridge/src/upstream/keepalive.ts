/** Default time without a byte, while calls wait, after which the backend is pinged. */
export const defaultKeepaliveMs = 20_000
/** Longest time for the answer. */
const maxAnswerMs = 20_000
/** gRPC servers close a connection that is pinged more often than this while they send nothing (too_many_pings). */
export const defaultSilentPingMs = 305_000

/** The parts of a session that are used here. */
export interface Pingable {
  readonly destroyed: boolean
  ping(onAnswer: () => void): unknown
}

/** Options of a session's keepalive. */
export interface KeepaliveOptions {
  readonly hasCalls: () => boolean
  /** The backend did not answer: it has vanished. */
  readonly onSilence: (error: Error) => void
  /** Time without a byte, while calls wait, after which the backend is pinged. The answer may take as long, up to 20 s. */
  readonly keepaliveMs: number
  /** Pause between pings while the backend sends nothing. */
  readonly silentPingMs: number
  readonly now?: () => number
}

/**
 * Detects by HTTP/2 PING that a backend has silently vanished: within two and a half times `keepaliveMs`, so within 50 s by default. Stays within the limits of gRPC servers: a second
 * ping without data in between waits five minutes.
 */
export class Keepalive {
  readonly #session: Pingable
  readonly #options: KeepaliveOptions
  readonly #now: () => number
  #timer: NodeJS.Timeout | null = null
  #answerTimer: NodeJS.Timeout | null = null
  #hasReceived = true
  #heardAt = 0
  #pingedAt = -Infinity
  #hasReceivedSincePing = true

  constructor(session: Pingable, options: KeepaliveOptions) {
    this.#session = session
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
  }

  start(): void {
    this.#heardAt = this.#now()
    this.#timer = setInterval(() => this.check(), Math.ceil(this.#options.keepaliveMs / 2)).unref()
  }

  /** The backend has sent data. Called per chunk, so the time is taken later, by the next check. */
  received(): void {
    this.#hasReceived = true
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    if (this.#answerTimer !== null) clearTimeout(this.#answerTimer)
  }

  /** Pings the backend if a ping is due. Called by the timer. */
  check(): void {
    const now = this.#now()
    if (this.#hasReceived) {
      this.#hasReceived = false
      this.#hasReceivedSincePing = true
      this.#heardAt = now
    }
    if (!this.#options.hasCalls() || this.#session.destroyed) {
      this.#heardAt = now
      return
    }
    if (now - this.#heardAt < this.#options.keepaliveMs || this.#answerTimer !== null) return
    if (!this.#hasReceivedSincePing && now - this.#pingedAt < this.#options.silentPingMs) return
    this.#ping(now)
  }

  #ping(now: number): void {
    this.#pingedAt = now
    this.#hasReceivedSincePing = false
    const answerMs = Math.min(maxAnswerMs, this.#options.keepaliveMs)
    this.#answerTimer = setTimeout(() => {
      this.#options.onSilence(new Error(`the backend has not answered an HTTP/2 PING within ${answerMs} ms`))
    }, answerMs)
    this.#session.ping(() => {
      if (this.#answerTimer !== null) clearTimeout(this.#answerTimer)
      this.#answerTimer = null
    })
  }
}
