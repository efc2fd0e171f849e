/** How long a client that is still sending may send nothing. */
const maxSilenceMs = 5_000
/** How long dropping may take in all: a client that sends a byte now and then does not hold a connection for ever. */
const maxDropMs = 120_000
/** What reading a piece costs besides its bytes: an upload may come byte by byte. */
const pieceBytes = 256

/**
 * Bounds what is read and dropped of an upload that nobody wants any more. RFC 9112 §9.6: closing while a client still sends makes
 * a TCP reset, which can destroy the answer before the client has read it. Progress and bytes are bounded rather than the time
 * alone, so that a slow client gets its answer as well.
 */
export class DropWatch {
  readonly #onOver: () => void
  readonly #startedAt = performance.now()
  readonly #timer: NodeJS.Timeout
  #bytesLeft: number
  #lastAt = this.#startedAt

  /** Calls `onOver` once, when `maxBytes` or a time limit is passed. */
  constructor(maxBytes: number, onOver: () => void) {
    this.#bytesLeft = maxBytes
    this.#onOver = onOver
    this.#timer = setInterval(() => this.#check(), 1_000).unref()
  }

  /** Counts a piece that was read and dropped. */
  dropped(bytes: number): void {
    this.#lastAt = performance.now()
    this.#bytesLeft -= bytes + pieceBytes
    if (this.#bytesLeft < 0) this.#end()
  }

  /** Ends the watch; `onOver` will not be called. */
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
