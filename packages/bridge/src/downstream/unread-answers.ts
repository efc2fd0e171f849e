import type { ServerHttp2Session } from "node:http2"
import type { Socket } from "node:net"
import type { StallClock, Stallable, StallEnd } from "../core/stall-clock.ts"

/** The used parts of node:net's socket. Its handle counts the bytes that node:http2 writes past the socket's queue (Node 22–26). */
type Writer = Pick<Socket, "bytesWritten"> & { readonly _handle?: { readonly writeQueueSize: number } | null }

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

  /** Counts the head or the trailers of an answer. */
  wroteHead(bytes: number): void {
    if (bytes > this.#largestHeadBytes) this.#largestHeadBytes = bytes
  }

  /** Called once a second. True: bytes wait, and some were sent since the last call. */
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

  /** An upper bound: the size of the frames that nghttp2 has not written yet is unknown. */
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
