import { gather } from "./gather.ts"
import { compacted, heldBytesOf } from "./pieces.ts"
import type { ReplyWriter } from "./wire.ts"

/** A reply message up to this size is passed on whole, so that half of one can still become a readable status. */
const maxHeldBytes = 65_536
/** A backend may send a message byte by byte: the objects would cost a hundred times what they hold. */
const maxHeldPieces = 64

/** A message beyond `maxHeldBytes` that is not whole yet. */
type LargeMessage =
  | "none"
  /** None of it has left: it can be dropped, and the messages before it end with a readable status. */
  | "waiting"
  /** Some of it has left: no end is both readable and true until it is whole. */
  | "leaving"

/** The pieces of a reply that wait to leave: whole messages, and the beginning of one. */
export class ReplyPieces {
  readonly #writer: ReplyWriter
  /** Bytes of the wire. */
  #ready: Uint8Array[] = []
  /** The beginning of a message whose rest has not come. */
  #held: Uint8Array[] = []
  #large: LargeMessage = "none"
  /** While a large message waits: how many pieces of `#ready` stand before its first. */
  #piecesBeforeLarge = 0

  constructor(writer: ReplyWriter) {
    this.#writer = writer
  }

  /** Something can leave. */
  get areReady(): boolean {
    return this.#ready.length > 0
  }

  /** No end is both readable and true before the message is whole of which a part has left. */
  get areInsideMessage(): boolean {
    return this.#large === "leaving"
  }

  /** Adds a piece at whose end a message ends. */
  addWhole(piece: Uint8Array): void {
    this.#large = "none"
    this.#add(piece)
  }

  /** Adds the beginning of a message of this size, or a piece of its middle. */
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
  }

  #hold(piece: Uint8Array): void {
    this.#held.push(piece)
    if (this.#held.length >= maxHeldPieces) this.#held = [gather(this.#held)]
  }

  /** All that can leave. `haveLeft` must follow, once they have. */
  take(): Uint8Array[] {
    const ready = this.#ready
    this.#ready = []
    return ready
  }

  haveLeft(): void {
    if (this.#large === "waiting") this.#large = "leaving"
  }

  /** The whole messages that can leave; all else is dropped. */
  takeWholes(): Uint8Array[] {
    const wholes = this.#large === "waiting" ? this.#ready.slice(0, this.#piecesBeforeLarge) : this.#ready
    this.drop()
    return wholes
  }

  drop(): void {
    this.#ready = []
    this.#held = []
  }

  get heldBytes(): number {
    return heldBytesOf(this.#ready) + heldBytesOf(this.#held)
  }

  /** Keeps them in as little memory as they need. */
  compact(): void {
    this.#held = compacted(this.#held)
    if (this.#large !== "waiting") {
      this.#ready = compacted(this.#ready)
      return
    }
    const before = compacted(this.#ready.slice(0, this.#piecesBeforeLarge))
    this.#ready = [...before, ...compacted(this.#ready.slice(this.#piecesBeforeLarge))]
    this.#piecesBeforeLarge = before.length
  }
}
