import type { Lost, UpstreamListener } from "../../core/upstream-stream.ts"

type State =
  | "asked" // no head has arrived
  | "answered" // the head has arrived; data and end are held until `start`
  | "flowing"
  | "over" // nothing more is delivered

/** The end of a reply. */
export type ReplyEnd = { readonly trailers: readonly string[] | null } | { readonly lost: Lost }

/** Delivers a reply to its listener, in order. What comes between the head and `start` is held. */
export class ReplyDelivery {
  readonly #listener: UpstreamListener
  #state: State = "asked"
  /** Null: nothing is held. */
  #held: Uint8Array[] | null = null
  #heldEnd: ReplyEnd | null = null
  /** Bytes of the data that is held. */
  heldBytes = 0

  constructor(listener: UpstreamListener) {
    this.#listener = listener
  }

  /** No head has been delivered, and none is given up. */
  get awaitsHead(): boolean {
    return this.#state === "asked"
  }

  get isOver(): boolean {
    return this.#state === "over"
  }

  /** True: something is held, and `deliverHeld` must be called, though not inside this call. */
  start(): boolean {
    if (this.#state !== "answered") return false
    this.#state = "flowing"
    return this.#held !== null || this.#heldEnd !== null
  }

  head(status: number, fields: readonly string[], isLast: boolean): void {
    this.#state = isLast ? "over" : "answered"
    try {
      this.#listener.head(status, fields, isLast)
    } catch (cause) {
      this.#listener.crashed(cause)
    }
  }

  data(chunk: Uint8Array): void {
    if (this.#state !== "answered" && this.#held === null) {
      this.#deliver(chunk)
      return
    }
    this.#held ??= []
    this.#held.push(chunk)
    this.heldBytes += chunk.length
  }

  /** After the data that is held, if any is. */
  end(end: ReplyEnd): void {
    if (this.#state === "over") return
    if (this.#held !== null || (this.#state === "answered" && "trailers" in end)) this.#heldEnd = end
    else this.#deliverEnd(end)
  }

  /** Delivers nothing more. */
  stop(): void {
    this.#state = "over"
    this.#dropHeld()
  }

  /** Delivers the end at once, in place of the data that is held. */
  refuse(lost: Lost): void {
    this.#dropHeld()
    this.end({ lost })
  }

  deliverHeld(): void {
    const held = this.#held ?? []
    const end = this.#heldEnd
    this.#dropHeld()
    for (const chunk of held) this.#deliver(chunk)
    if (end !== null) this.end(end)
  }

  drained(): void {
    if (this.#state === "over") return
    try {
      this.#listener.drained()
    } catch (cause) {
      this.#listener.crashed(cause)
    }
  }

  #dropHeld(): void {
    this.#held = null
    this.#heldEnd = null
    this.heldBytes = 0
  }

  #deliver(chunk: Uint8Array): void {
    if (this.#state !== "flowing") return
    try {
      this.#listener.data(chunk)
    } catch (cause) {
      this.#listener.crashed(cause)
    }
  }

  #deliverEnd(end: ReplyEnd): void {
    this.#state = "over"
    try {
      if ("lost" in end) this.#listener.lost(end.lost)
      else this.#listener.end(end.trailers)
    } catch (cause) {
      this.#listener.crashed(cause)
    }
  }
}
