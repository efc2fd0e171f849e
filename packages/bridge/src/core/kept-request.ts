import { pieceBytes } from "./pieces.ts"

/** The bytes of a request that were sent, for another attempt; past their limit there can be none, and nothing is kept. */
export class KeptRequest {
  readonly #maxBytes: number
  #pieces: Uint8Array[] = []
  #bytes = 0
  #isOver = false

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** More was sent than is kept. */
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

  /** What was kept, to be sent again. */
  take(): Uint8Array[] {
    const pieces = this.#pieces
    this.#pieces = []
    this.#bytes = 0
    return pieces
  }
}
