import type { StallClock, Stallable, StallEnd } from "../core/stall-clock.ts"

/** The answers that one connection has written and its client has not read. */
export interface UnsentAnswers {
  /** Bytes that have left. */
  readonly leftBytes: number
  /** Bytes that have not. */
  readonly unsentBytes: number
  /** Heads whose bytes are not counted yet, because they are not encoded. */
  readonly unsentHeads: number
}

/** The most that a waiting call may hold. A connection that holds less, and still sends some of it, does not count as stalled. */
const slackBytes = 65_536

/**
 * The bytes that one HTTP/2 connection holds because its client does not read. No call accounts for them: heads, trailers and the
 * last bytes of answers move from their streams to the connection's queues as soon as they are written, even if they are not sent.
 * A connection that holds much, or that sends nothing, waits in the stall clock like a blocked call. It may wait longer than its
 * calls, since Node does not close a stream before its reset was sent. Bytes of open calls may be counted twice, once as theirs.
 */
export class UnreadAnswers implements Stallable {
  wait: Stallable["wait"] = null
  readonly #answers: UnsentAnswers
  readonly #stalls: StallClock
  readonly #onStall: (why: StallEnd) => void
  #largestHeadBytes = 0
  #leftBytes = 0

  constructor(answers: UnsentAnswers, stalls: StallClock, onStall: (why: StallEnd) => void) {
    this.#answers = answers
    this.#stalls = stalls
    this.#onStall = onStall
  }

  /** Counts the head or the trailers of an answer. */
  wroteHead(bytes: number): void {
    if (bytes > this.#largestHeadBytes) this.#largestHeadBytes = bytes
  }

  /** Called once a second. True: bytes wait, and some were sent since the last call. */
  look(): boolean {
    const { leftBytes, unsentBytes } = this.#answers
    const isMoving = leftBytes !== this.#leftBytes
    this.#leftBytes = leftBytes
    if (isMoving) this.#stalls.end(this)
    if (unsentBytes === 0) {
      this.#stalls.end(this)
      return false
    }
    if (!isMoving || this.heldBytes > slackBytes) this.#stalls.begin(this)
    return isMoving
  }

  /** The connection has closed. */
  stop(): void {
    this.#stalls.end(this)
  }

  /** An upper bound: the size of heads that are not encoded yet is unknown. */
  get heldBytes(): number {
    const { unsentBytes, unsentHeads } = this.#answers
    return unsentBytes + unsentHeads * this.#largestHeadBytes
  }

  compact(): void {}

  stalled(why: StallEnd): void {
    this.#onStall(why)
  }
}
