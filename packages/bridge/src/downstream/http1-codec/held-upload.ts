import type { Socket } from "node:net"

/**
 * A paused socket reports neither a close nor a reset until the data before it was read. So an upload that is held back is still
 * read up to this many bytes, from the first look on: with a small upload the client's close is then noticed.
 */
const maxHeldBackBytes = 262_144
/** How long an upload may be held back beyond that. Nothing shows whether its client is still there. */
const maxUnseenMs = 30_000

/** The flow of one connection's uploads: it holds them back, and looks for a client that has left meanwhile. */
export class HeldUpload {
  readonly #socket: Pick<Socket, "pause" | "resume">
  /** Null: the upload flows. `fullSince`: the time since which no more is read. */
  #hold: { bytes: number; fullSince: number | null } | null = null

  constructor(socket: Pick<Socket, "pause" | "resume">) {
    this.#socket = socket
  }

  hold(): void {
    if (this.#hold !== null) return
    this.#hold = { bytes: 0, fullSince: null }
    this.#socket.pause()
  }

  flow(): void {
    if (this.#hold === null) return
    this.#hold = null
    this.#socket.resume()
  }

  /** A piece came. */
  received(bytes: number): void {
    const hold = this.#hold
    if (hold === null) return
    hold.bytes += bytes
    if (hold.bytes >= maxHeldBackBytes) this.#socket.pause()
  }

  /** Called once a second. True: the upload was held back so long that the client may have left unnoticed. */
  mayHaveLeft(now: number): boolean {
    const hold = this.#hold
    if (hold === null) return false
    if (hold.bytes < maxHeldBackBytes) {
      this.#socket.resume()
      return false
    }
    hold.fullSince ??= now
    return now - hold.fullSince >= maxUnseenMs
  }
}
