/** Default time without a byte, while calls wait, after which the backend is pinged. */
export const defaultKeepaliveMs = 20_000
/** Longest time for the answer. */
const maxAnswerMs = 20_000
/** gRPC servers count pings that come sooner than five minutes after another one while they send nothing. */
export const defaultSilentPingMs = 305_000

/** The parts of a session that are used here. */
export interface Pingable {
  readonly destroyed: boolean
  ping(onAnswer: () => void): unknown
}

/** When to ping. */
export interface KeepaliveTimes {
  /** Time without a byte, while calls wait, after which the backend is pinged. The answer may take as long, up to 20 s. */
  readonly keepaliveMs: number
  /** Pause between pings while the backend sends nothing. */
  readonly silentPingMs: number
  /** One ping may come before that pause is over. False once the backend has complained about pings. */
  readonly mayPingEarly: boolean
}

/** Options of a session's keepalive. */
export interface KeepaliveOptions {
  readonly hasCalls: () => boolean
  /** The backend did not answer: it has vanished. */
  readonly onSilence: (error: Error) => void
  readonly times: KeepaliveTimes
  readonly now?: () => number
}

/**
 * Detects by HTTP/2 PING that a backend has silently vanished: within two and a half times `keepaliveMs` after a call began, so within
 * 50 s by default. A call that was given up before it had a byte counts like one that waits: otherwise a backend that has vanished
 * would not be found while every call has a short deadline.
 *
 * gRPC servers end a connection with `too_many_pings`, and its calls with it, when they count more than two pings that came too soon
 * (gRFC A8). They begin to count anew whenever they send a head, data or trailers. Too soon is less than five minutes after another
 * ping. So between two sendings of the backend there may be
 * - one ping, which is not counted;
 * - one more for a call that began after it, although five minutes are not over. It is counted. The second of the two that are allowed
 *   is left for delays on the way, and for servers that are a little stricter;
 * - further ones, five minutes after the last and only while a call waits. Without a call, servers allow one in two hours.
 */
export class Keepalive {
  readonly #session: Pingable
  readonly #options: KeepaliveOptions
  readonly #now: () => number
  #times: KeepaliveTimes
  #timer: NodeJS.Timeout | null = null
  #answerTimer: NodeJS.Timeout | null = null
  #hasReceived = true
  /** A call began after the last byte and after the answer of the last ping. */
  #hasUnansweredCall = false
  /** Time since which calls wait without a byte. Null: none does. */
  #silentSince: number | null = null
  #pingedAt = -Infinity
  /** A ping was sent since the last byte. */
  #hasPinged = false
  #hasPingedEarly = false

  constructor(session: Pingable, options: KeepaliveOptions) {
    this.#session = session
    this.#options = options
    this.#times = options.times
    this.#now = options.now ?? (() => performance.now())
  }

  start(): void {
    this.#timer = setInterval(() => this.check(), Math.ceil(this.#times.keepaliveMs / 2)).unref()
  }

  /** Has these times from now on. */
  configure(times: KeepaliveTimes): void {
    const isSame = times.keepaliveMs === this.#times.keepaliveMs
    this.#times = times
    if (isSame || this.#timer === null) return
    clearInterval(this.#timer)
    this.start()
  }

  /** The backend has sent a head, data or trailers. Called per chunk, so the time is taken later, by the next check. */
  received(): void {
    this.#hasReceived = true
    this.#hasUnansweredCall = false
  }

  callBegan(): void {
    this.#hasUnansweredCall = true
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    if (this.#answerTimer !== null) clearTimeout(this.#answerTimer)
  }

  /** Pings the backend if a ping is due. Called by the timer. */
  check(): void {
    const now = this.#now()
    if (this.#hasReceived) {
      this.#hasReceived = false
      this.#silentSince = null
      this.#hasPinged = false
      this.#hasPingedEarly = false
    }
    if (this.#session.destroyed || !(this.#hasUnansweredCall || this.#options.hasCalls())) {
      this.#silentSince = null
      return
    }
    this.#silentSince ??= now
    if (now - this.#silentSince < this.#times.keepaliveMs || this.#answerTimer !== null) return
    if (this.#mayPing(now)) this.#ping(now)
  }

  #mayPing(now: number): boolean {
    if (!this.#hasPinged) return true
    if (now - this.#pingedAt >= this.#times.silentPingMs) return this.#options.hasCalls()
    if (!this.#times.mayPingEarly || this.#hasPingedEarly || !this.#hasUnansweredCall) return false
    this.#hasPingedEarly = true
    return true
  }

  #ping(now: number): void {
    this.#pingedAt = now
    this.#hasPinged = true
    const answerMs = Math.min(maxAnswerMs, this.#times.keepaliveMs)
    this.#answerTimer = setTimeout(() => {
      this.#options.onSilence(new Error(`the backend has not answered an HTTP/2 PING within ${answerMs} ms`))
    }, answerMs)
    this.#session.ping(() => this.#answered())
  }

  #answered(): void {
    if (this.#answerTimer !== null) clearTimeout(this.#answerTimer)
    this.#answerTimer = null
    this.#hasUnansweredCall = false
    this.#silentSince = null
  }
}
