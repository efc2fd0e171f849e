import { gather } from "./gather.ts"
import { compacted, heldBytesOf, maxLoosePieces } from "./pieces.ts"
import type { ReplyWriter } from "./wire.ts"

/** A reply message up to this size is passed on only when it is complete. If it breaks off, the page gets a readable status. */
const maxHeldBytes = 65_536

/** The state of an incomplete message larger than `maxHeldBytes`. */
type LargeMessage =
  | "none"
  /** No part of it was sent. It can be dropped, and the messages before it end with a readable status. */
  | "waiting"
  /** A part of it was sent. Until it is complete, no status can follow: it would be read as message bytes. */
  | "leaving"

/** The pieces of a reply that wait to be sent: complete messages, and the beginning of one. */
export class ReplyPieces {
  readonly #writer: ReplyWriter
  /** In the bytes of the wire. */
  #ready: Uint8Array[] = []
  /** The beginning of an incomplete message. */
  #held: Uint8Array[] = []
  #large: LargeMessage = "none"
  /** While a large message waits: the number of pieces in `#ready` before its first piece. */
  #piecesBeforeLarge = 0
  /** The number of pieces in `#ready`, from its start, that were joined already. */
  #joined = 0

  constructor(writer: ReplyWriter) {
    this.#writer = writer
  }

  /** There are pieces to send. */
  get areReady(): boolean {
    return this.#ready.length > 0
  }

  /** A message was sent in part, so no status can follow yet. */
  get areInsideMessage(): boolean {
    return this.#large === "leaving"
  }

  /** Adds a piece that ends at a message boundary. */
  addWhole(piece: Uint8Array): void {
    this.#large = "none"
    this.#add(piece)
  }

  /** Adds the beginning or the middle of a message of this size. */
  addBeginning(piece: Uint8Array, messageBytes: number): void {
    if (this.#large === "none") {
      if (messageBytes <= maxHeldBytes) {
        this.#hold(piece)
        return
      }
      this.#large = "waiting"
      this.#piecesBeforeLarge = this.#ready.length
    }
    this.#add(piece)
  }

  #add(piece: Uint8Array): void {
    const held = this.#held
    if (held.length > 0) this.#held = []
    this.#ready.push(this.#writer.data(held.length === 0 ? piece : gather([...held, piece])))
    if (this.#ready.length - this.#joined >= maxLoosePieces) this.#join(this.#joined)
  }

  #hold(piece: Uint8Array): void {
    this.#held.push(piece)
    if (this.#held.length >= maxLoosePieces) this.#held = [gather(this.#held)]
  }

  /** Takes everything that can be sent. Call `haveLeft` after sending. */
  take(): Uint8Array[] {
    const ready = this.#ready
    this.#ready = []
    this.#joined = 0
    return ready
  }

  haveLeft(): void {
    if (this.#large === "waiting") this.#large = "leaving"
  }

  /** Takes the complete messages; the rest is dropped. */
  takeWholes(): Uint8Array[] {
    const wholes = this.#large === "waiting" ? this.#ready.slice(0, this.#piecesBeforeLarge) : this.#ready
    this.drop()
    return wholes
  }

  drop(): void {
    this.#ready = []
    this.#joined = 0
    this.#held = []
  }

  get heldBytes(): number {
    return heldBytesOf(this.#ready) + heldBytesOf(this.#held)
  }

  /** Copies the pieces into as little memory as they need. */
  compact(): void {
    this.#held = compacted(this.#held)
    this.#join(0)
  }

  /** Joins the pieces from this one on. A large message that waits stays apart from the messages before it. */
  #join(from: number): void {
    const ready = this.#ready
    const border = this.#large === "waiting" ? Math.max(from, this.#piecesBeforeLarge) : from
    const before = compacted(ready.slice(from, border))
    if (border > from) this.#piecesBeforeLarge = from + before.length
    this.#ready = [...ready.slice(0, from), ...before, ...compacted(ready.slice(border))]
    this.#joined = this.#ready.length
  }
}
