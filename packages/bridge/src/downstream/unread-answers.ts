import type { ServerHttp2Session } from "node:http2"
import type { Socket } from "node:net"
import type { StallClock, Stallable, StallEnd } from "../core/stall-clock.ts"

/** What is needed of node:net's socket. Its handle tells of bytes that node:http2 writes past the socket's own queue (Node 22–26). */
type Writer = Pick<Socket, "bytesWritten"> & { readonly _handle?: { readonly writeQueueSize: number } | null }

/** As much as a call that waits may hold. While less than this waits and some of it leaves, all is well. */
const slackBytes = 65_536

/**
 * What one HTTP/2 connection holds since its client does not read at all. No call accounts for it: the heads, trailers and last
 * bytes of answers leave their streams for the connection's queues as soon as they are written, whether or not they go further.
 * A connection that holds much, or of which nothing leaves, waits in the stall clock, like a call that is blocked. It may wait
 * longer than its calls: Node does not close a stream before its reset has left. Bytes of calls that are open may be counted
 * twice, once as theirs.
 */
export class UnreadAnswers implements Stallable {
  readonly #socket: Writer
  readonly #session: Pick<ServerHttp2Session, "state" | "destroyed">
  readonly #stalls: StallClock
  readonly #onStall: (why: StallEnd) => void
  #largestHeadBytes = 0
  #leftBytes = 0

  constructor(
    socket: Writer,
    session: Pick<ServerHttp2Session, "state" | "destroyed">,
    stalls: StallClock,
    onStall: (why: StallEnd) => void,
  ) {
    this.#socket = socket
    this.#session = session
    this.#stalls = stalls
    this.#onStall = onStall
  }

  /** The head of an answer, or trailers, of this size were written. */
  wroteHead(bytes: number): void {
    if (bytes > this.#largestHeadBytes) this.#largestHeadBytes = bytes
  }

  /** Called once a second. True: bytes wait, and some have left since the last look. */
  look(): boolean {
    const unsentBytes = this.#socketBytes
    const leftBytes = this.#socket.bytesWritten - unsentBytes
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

  /** At most: how large the frames are that nghttp2 has not written yet is not known. */
  get heldBytes(): number {
    const frames = this.#session.destroyed ? 0 : (this.#session.state.outboundQueueSize ?? 0)
    return this.#socketBytes + frames * this.#largestHeadBytes
  }

  compact(): void {}

  stalled(why: StallEnd): void {
    this.#onStall(why)
  }

  get #socketBytes(): number {
    return this.#socket._handle?.writeQueueSize ?? 0
  }
}
