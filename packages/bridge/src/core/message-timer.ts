import type { FrameScanner } from "@causeway/protocol"
import type { Stallable, StallClock } from "./stall-clock.ts"

/**
 * The slowest upload that is accepted, in bytes per millisecond: 64 kbit/s, as on a very bad mobile network. A message may take
 * its size at this rate, in addition to the stall timeout: 4 MiB have about fourteen minutes by default.
 */
const slowestUploadBytesPerMs = 8

/** No message is timed. Other values: twice the message's number, plus one once its length is known. */
const noMessage = -1

/** Times each message of a request as a whole, so that a client gains no time by sending byte after byte. */
export class MessageTimer {
  readonly #stalls: StallClock
  readonly #item: Stallable
  readonly #owesMessage: boolean
  #timed = noMessage
  /**
   * The number of the latest message, and when it began: monotonic milliseconds, without the time in which we paused the client.
   */
  #number = -1
  #since = 0
  #pausedAt = 0

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
    this.#stalls.beginSince(this.#item, sinceMs, 0)
  }

  /** Call after each chunk: the scanner knows the current message. */
  follow(scanner: FrameScanner): void {
    const { messages, openMessageBytes, isAtBoundary } = scanner
    if (isAtBoundary && !(this.#owesMessage && messages === 0)) {
      if (this.#timed !== noMessage) this.stop()
      return
    }
    const timed = 2 * messages + (openMessageBytes > 0 ? 1 : 0)
    if (timed === this.#timed) return
    this.#timed = timed
    if (messages !== this.#number) {
      this.#number = messages
      this.#since = this.#stalls.now()
    }
    this.#stalls.end(this.#item)
    this.#stalls.beginSince(this.#item, this.#since, openMessageBytes / slowestUploadBytesPerMs)
  }

  /** Stops timing, and ends the request's wait for any reason. */
  stop(): void {
    this.#timed = noMessage
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
