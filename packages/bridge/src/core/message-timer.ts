import type { FrameScanner } from "@causeway/protocol"
import type { Stallable, StallClock } from "./stall-clock.ts"

/**
 * The slowest honest upload, in bytes per millisecond: 64 kbit/s, what a phone has left on the worst of networks. A message may
 * take as long as it takes at this rate, beyond the time that a stall may last: 4 MiB have some fourteen minutes by default.
 */
const slowestUploadBytesPerMs = 8

/** No message is timed. Otherwise twice the number of the message, plus one once its length is known. */
const noMessage = -1

/** Times the messages of a request as a whole: a client that sends byte after byte gains nothing by it. */
export class MessageTimer {
  readonly #stalls: StallClock
  readonly #item: Stallable
  readonly #owesMessage: boolean
  #timed = noMessage
  /** The message that came last or is on its way, and since when, in monotonic milliseconds without the time of our pauses. */
  #number = -1
  #since = 0
  #pausedAt = 0

  /** gRPC-Web: a page has its first message before it calls. `owesMessage` says so; native gRPC may speak much later. */
  constructor(stalls: StallClock, item: Stallable, owesMessage: boolean) {
    this.#stalls = stalls
    this.#item = item
    this.#owesMessage = owesMessage
  }

  /** Times the first message, if one is owed, from the head on. */
  begin(sinceMs: number): void {
    if (!this.#owesMessage) return
    this.#timed = this.#number = 0
    this.#since = sinceMs
    this.#stalls.beginSince(this.#item, sinceMs, 0)
  }

  /** Bytes came: the scanner knows which message is on its way. */
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

  /** Times no message: the request's wait, whatever it was for, is over. */
  stop(): void {
    this.#timed = noMessage
    this.#stalls.end(this.#item)
  }

  /** The client is not let send: until `resumed` its time stands still. */
  paused(): void {
    this.#pausedAt = this.#stalls.now()
  }

  resumed(): void {
    this.#since += this.#stalls.now() - this.#pausedAt
  }
}
