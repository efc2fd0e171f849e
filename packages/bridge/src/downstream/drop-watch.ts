/** The longest silence of a client that is still sending. */
const maxSilenceMs = 5_000
/** The longest time for dropping. Without it, a client that sends a byte now and then would hold a connection for ever. */
const maxDropMs = 120_000
/** Cost of reading a piece, in addition to its bytes: an upload may come byte by byte. */
const pieceBytes = 256

/**
 * Bounds the rest of an upload that is read and dropped after its answer. RFC 9112 §9.6: closing while a client still sends
 * causes a TCP reset, which can destroy the answer before the client has read it. The bounds are progress and bytes rather than
 * time alone, so that a slow client gets its answer too.
 */
export class DropWatch {
  readonly #onOver: () => void
  readonly #startedAt = performance.now()
  readonly #timer: NodeJS.Timeout
  #bytesLeft: number
  #lastAt = this.#startedAt

  /** Calls `onOver` once, when `maxBytes` or a time limit is exceeded. */
  constructor(maxBytes: number, onOver: () => void) {
    this.#bytesLeft = maxBytes
    this.#onOver = onOver
    this.#timer = setInterval(() => this.#check(), 1_000).unref()
  }

  /** Counts a dropped piece. */
  dropped(bytes: number): void {
    this.#lastAt = performance.now()
    this.#bytesLeft -= bytes + pieceBytes
    if (this.#bytesLeft < 0) this.#end()
  }

  /** Ends the watch. `onOver` will not be called. */
  stop(): void {
    clearInterval(this.#timer)
  }

  #check(): void {
    const now = performance.now()
    if (now - this.#lastAt >= maxSilenceMs || now - this.#startedAt >= maxDropMs) this.#end()
  }

  #end(): void {
    this.stop()
    this.#onOver()
  }
}
