import type { Socket } from "node:net"
import type { Flushable, FlushTurn } from "../core/flush-turn.ts"

/** Size of the memory in which frames are collected. One write takes as much at most. */
const slabBytes = 65_536
/** Up to this many bytes are copied out of their slab if they have to wait. */
const maxCopiedBytes = slabBytes / 2
/** Slabs that are kept for later use. */
const maxSpareSlabs = 8

/** Memory for frames. It is used again when the socket has let go of it. */
class Slab {
  readonly bytes: Uint8Array = Buffer.allocUnsafeSlow(slabBytes)
  readonly #pool: SlabPool

  constructor(pool: SlabPool) {
    this.#pool = pool
  }

  /** Callback of the socket's write. */
  readonly release = (): void => this.#pool.give(this)
}

/** Slabs of all connections: one that is idle holds none. */
export class SlabPool {
  readonly #spare: Slab[] = []

  take(): Slab {
    return this.#spare.pop() ?? new Slab(this)
  }

  give(slab: Slab): void {
    if (this.#spare.length < maxSpareSlabs) this.#spare.push(slab)
  }
}

/** Frames that wait for the end of the turn: those of all calls of a turn leave in one write. */
export class Outgoing implements Flushable {
  awaitsFlush = false
  readonly #socket: Socket
  readonly #turn: FlushTurn
  readonly #pool: SlabPool
  readonly #onCrash: (cause: unknown) => void
  #slab: Slab | null = null
  #used = 0
  #written = 0
  #isFull = false

  constructor(socket: Socket, turn: FlushTurn, pool: SlabPool, onCrash: (cause: unknown) => void) {
    this.#socket = socket
    this.#turn = turn
    this.#pool = pool
    this.#onCrash = onCrash
  }

  /** The socket has taken more than it can send. DATA waits until it has drained; other frames do not. */
  get isFull(): boolean {
    return this.#isFull
  }

  /** Number of writes so far. Bytes of an earlier number can no longer be changed. */
  get writes(): number {
    return this.#written
  }

  /** Room of the current slab. */
  get room(): number {
    return slabBytes - this.#used
  }

  /** The memory that `reserve` has given out. */
  get bytes(): Uint8Array {
    return (this.#slab ??= this.#pool.take()).bytes
  }

  /** Makes room for `length` bytes, at most a slab, to be written into `bytes` by the end of the turn. Returns their offset. */
  reserve(length: number): number {
    if (this.#used + length > slabBytes) this.flush()
    this.#turn.addLast(this)
    return this.#used
  }

  /** The bytes up to this offset are frames. */
  commit(end: number): void {
    this.#used = end
  }

  flush(): void {
    const slab = this.#slab
    if (slab === null || this.#used === 0) return
    const bytes = this.#used === slabBytes ? slab.bytes : slab.bytes.subarray(0, this.#used)
    this.#slab = null
    this.#used = 0
    this.#written++
    if (!this.#socket.writable) {
      this.#pool.give(slab)
      return
    }
    // A peer that does not read would else hold a whole slab for each few bytes.
    if (this.#socket.writableLength > 0 && bytes.length <= maxCopiedBytes) {
      if (!this.#socket.write(Buffer.from(bytes))) this.#isFull = true
      this.#pool.give(slab)
    } else if (!this.#socket.write(bytes, slab.release)) this.#isFull = true
  }

  drained(): void {
    this.#isFull = false
  }

  crashed(cause: unknown): void {
    this.#onCrash(cause)
  }
}
