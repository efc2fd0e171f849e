import type { FrameScanner } from "@causeway/protocol"
import type { Stallable, StallClock } from "./stall-clock.ts"

/**
 * The slowest upload that is accepted, in bytes per millisecond: 64 kbit/s, as on a very bad mobile network. A message that
 * arrives at least this fast is never ended, however large it is.
 */
const slowestUploadBytesPerMs = 8

const noMessage = -1

/**
 * Times each message of a request as a whole. A message has the stall timeout, and in addition the time that its received bytes
 * take at the slowest rate. The size in its prefix does not count, since a stranger may declare any size.
 */
export class MessageTimer {
  readonly #stalls: StallClock
  readonly #item: Stallable
  readonly #owesMessage: boolean
  /** The number of the message that is timed. */
  #timed = noMessage
  /** The number of the latest message, and when it began: monotonic milliseconds, without the time in which we paused the client. */
  #number = noMessage
  #since = 0
  #pausedAt = 0
  /** False: the stall clock does not have the request. True: it has, unless it has just ended the wait itself. */
  #isWaiting = false

  /**
   * `owesMessage`: gRPC-Web, where a page has its first message before it calls. In native gRPC the first message may come much
   * later.
   */
  constructor(stalls: StallClock, item: Stallable, owesMessage: boolean) {
    this.#stalls = stalls
    this.#item = item
    this.#owesMessage = owesMessage
  }

  /** Starts the time of the first message at the request head, if the client owes one. */
  begin(sinceMs: number): void {
    if (!this.#owesMessage) return
    this.#timed = this.#number = 0
    this.#since = sinceMs
    this.#isWaiting = true
    this.#stalls.beginSince(this.#item, sinceMs, 0)
  }

  /** Call after each chunk: the scanner knows the current message. */
  follow(scanner: FrameScanner): void {
    const { messages } = scanner
    if (scanner.isAtBoundary && !(this.#owesMessage && messages === 0)) {
      if (this.#timed !== noMessage) this.stop()
      return
    }
    if (messages === this.#timed) return
    this.#timed = messages
    if (messages !== this.#number) {
      this.#number = messages
      this.#since = this.#stalls.now()
    }
    if (this.#isWaiting) this.#stalls.end(this.#item)
    this.#isWaiting = true
    this.#stalls.beginSince(this.#item, this.#since, earnedMs(scanner))
  }

  /** Starts a wait for the backend, or for a stream to it. It takes the place of the wait for a message. */
  waitForBackend(): void {
    this.stop()
    this.#isWaiting = true
    this.#stalls.begin(this.#item)
  }

  /** Call when the message's time is over. True: bytes that have arrived in the meantime have extended it. */
  goesOn(scanner: FrameScanner): boolean {
    if (this.#timed === noMessage || this.#stalls.isOver(this.#since, earnedMs(scanner))) return false
    this.#stalls.beginSince(this.#item, this.#since, earnedMs(scanner))
    return true
  }

  /** Stops timing, and ends the request's wait for any reason. */
  stop(): void {
    this.#timed = noMessage
    if (!this.#isWaiting) return
    this.#isWaiting = false
    this.#stalls.end(this.#item)
  }

  /** The client is paused by us. Its time stands still until `resumed`. */
  paused(): void {
    this.#pausedAt = this.#stalls.now()
  }

  resumed(): void {
    this.#since += this.#stalls.now() - this.#pausedAt
  }
}

function earnedMs({ openMessageReceivedBytes }: FrameScanner): number {
  return openMessageReceivedBytes / slowestUploadBytesPerMs
}
