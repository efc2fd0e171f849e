import type { Socket } from "node:net"
import type { UnsentAnswers } from "../unread-answers.ts"

/** The used parts of node:net's socket. Its handle knows how much of a write is left. */
type Writer = Pick<Socket, "bytesWritten" | "writableLength"> & {
  readonly _handle?: { readonly writeQueueSize: number } | null
}

/** The bytes in a socket. */
export class SocketAnswers implements UnsentAnswers {
  readonly unsentHeads = 0
  readonly #socket: Writer

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /** Not the number itself, but one that changes with it: the socket counts a write as a whole, and its handle what is left of it. */
  get leftBytes(): number {
    return this.#socket.bytesWritten - this.unsentBytes - (this.#socket._handle?.writeQueueSize ?? 0)
  }

  get unsentBytes(): number {
    return this.#socket.writableLength
  }
}
