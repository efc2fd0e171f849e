import { pieceBytes } from "./pieces.ts"

/** The sent bytes of a request, kept for another attempt. Beyond the limit another attempt is impossible, and nothing is kept. */
export class KeptRequest {
  readonly #maxBytes: number
  #pieces: Uint8Array[] = []
  #bytes = 0
  #isOver = false

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The request has exceeded the limit: another attempt is impossible. */
  get isOver(): boolean {
    return this.#isOver
  }

  get heldBytes(): number {
    return this.#bytes
  }

  add(bytes: Uint8Array): void {
    if (this.#isOver) return
    this.#bytes += bytes.length + pieceBytes
    this.#pieces.push(bytes)
    if (this.#bytes <= this.#maxBytes) return
    this.#isOver = true
    this.take()
  }

  /** Returns the kept bytes, to be sent again. */
  take(): Uint8Array[] {
    const pieces = this.#pieces
    this.#pieces = []
    this.#bytes = 0
    return pieces
  }
}
