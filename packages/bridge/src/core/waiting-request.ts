import { gather } from "./gather.ts"
import { KeptRequest } from "./kept-request.ts"
import { compacted, heldBytesOf, maxLoosePieces } from "./pieces.ts"

/** The client is paused when more than this many bytes wait without a stream. */
const maxWaitingBytes = 65_536

/** The bytes of a request that wait to be sent to the backend, and those that are kept to be sent again. */
export class WaitingRequest {
  #pieces: Uint8Array[] = []
  /** The number of pieces, from the start, that were joined already. */
  #joined = 0
  #kept: KeptRequest | null = null

  get isEmpty(): boolean {
    return this.#pieces.length === 0
  }

  /** As much waits as may wait for a stream. */
  get isFull(): boolean {
    return heldBytesOf(this.#pieces) > maxWaitingBytes
  }

  add(piece: Uint8Array): void {
    this.#pieces.push(piece)
    if (this.#pieces.length - this.#joined >= maxLoosePieces) this.#join(this.#joined)
  }

  /** Takes what waits, to be sent. At least one piece waits. */
  take(): Uint8Array {
    const bytes = gather(this.#pieces)
    this.#pieces = []
    this.#joined = 0
    this.#kept?.add(bytes)
    return bytes
  }

  drop(): void {
    this.#pieces = []
    this.#joined = 0
    this.#kept = null
  }

  /** Keeps what is sent from now on, up to this limit, until `commit`. */
  keep(maxBytes: number): void {
    this.#kept ??= new KeptRequest(maxBytes)
  }

  /** Everything that was sent is kept. */
  get canReplay(): boolean {
    return this.#kept?.isOver === false
  }

  /** What was sent waits again, before all else. */
  replay(): void {
    if (this.#kept === null || this.#kept.heldBytes === 0) return
    this.#pieces = [...this.#kept.take(), ...this.#pieces]
    this.#joined = 0
  }

  commit(): void {
    this.#kept = null
  }

  get heldBytes(): number {
    return heldBytesOf(this.#pieces) + (this.#kept?.heldBytes ?? 0)
  }

  /** Copies the pieces into as little memory as they need. */
  compact(): void {
    this.#join(0)
  }

  #join(from: number): void {
    this.#pieces = [...this.#pieces.slice(0, from), ...compacted(this.#pieces.slice(from))]
    this.#joined = this.#pieces.length
  }
}
