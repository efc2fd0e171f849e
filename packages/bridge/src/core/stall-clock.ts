import { BridgeError } from "./errors.ts"

/** Why something that waits is ended: it has waited for too long, or it is the first to go while too much is held in memory. */
export type StallEnd = "too-long" | "too-much"

/** A direction of a call that waits for the other side. */
export interface Stallable {
  /** Bytes held in memory for the other side to read, with what their objects cost. */
  readonly heldBytes: number
  /** Keeps what is held in as little memory as it can. Must not throw. */
  compact(): void
  /** The wait must end here. Must not throw. */
  stalled(why: StallEnd): void
}

/** What may wait, for how long, and how much of it. */
export interface StallLimits {
  readonly stallTimeoutMs: number
  /** What all that wait may hold in memory together. */
  readonly maxBufferedBytes: number
}

const sweepMs = 250

/**
 * What one more waiting direction is taken to hold until it is asked: so that asking all of them is rare, and one that has just
 * begun is not forgotten. About what one holds at most, see docs/operations.md.
 */
const assumedBytes = 262_144

/**
 * One coarse clock for all calls, and their budget of memory. A direction that waits for longer than it may is told so, within a
 * second. When all together hold more than they may, those that have waited longest are ended, until it is an eighth less. A call
 * that moves costs nothing here.
 */
export class StallClock {
  readonly #limits: StallLimits
  readonly #now: () => number
  /** When the wait of each ends, in order of their beginnings. */
  readonly #until = new Map<Stallable, number>()
  readonly #check = (): void => this.#checkSoon()
  #timer: NodeJS.Timeout | null = null
  #mayHoldBytes = 0
  #isCheckDue = false
  #ended = 0

  constructor(limits: StallLimits, now: () => number = () => performance.now()) {
    this.#limits = limits
    this.#now = now
  }

  get size(): number {
    return this.#until.size
  }

  /** How many were ended because too much was held. */
  get endedForMemory(): number {
    return this.#ended
  }

  get heldBytes(): number {
    let sum = 0
    for (const item of this.#until.keys()) sum += item.heldBytes
    return sum
  }

  /** Monotonic milliseconds. */
  now(): number {
    return this.#now()
  }

  /** The item waits from now on for the other side to read; if it waits already, since when it did. */
  begin(item: Stallable): void {
    if (this.#until.has(item)) return
    this.beginSince(item, this.#now(), 0)
    this.#mayHoldBytes += assumedBytes
    if (this.#mayHoldBytes <= this.#limits.maxBufferedBytes || this.#isCheckDue) return
    this.#isCheckDue = true
    setImmediate(this.#check) // not inside the pump that just began to wait: it may be the one to go
  }

  /** The item waits since then, for what it holds little of; it may wait for this much longer than others. */
  beginSince(item: Stallable, sinceMs: number, extraMs: number): void {
    this.#until.set(item, sinceMs + this.#limits.stallTimeoutMs + extraMs)
    this.#timer ??= setInterval(() => this.sweep(), sweepMs).unref()
  }

  end(item: Stallable): void {
    this.#until.delete(item)
  }

  /** Ends what has waited for too long, and has the rest take little room. The timer stops here, so that short waits cost none. */
  sweep(): void {
    const now = this.#now()
    for (const [item, until] of this.#until) {
      if (until > now) {
        item.compact()
        continue
      }
      this.#until.delete(item)
      item.stalled("too-long")
    }
    this.#checkBudget()
    if (this.#until.size > 0 || this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
  }

  #checkSoon(): void {
    this.#isCheckDue = false
    this.#checkBudget()
  }

  #checkBudget(): void {
    this.#mayHoldBytes = this.heldBytes
    const { maxBufferedBytes } = this.#limits
    if (this.#mayHoldBytes > maxBufferedBytes) this.#free(maxBufferedBytes - maxBufferedBytes / 8)
  }

  /**
   * Ends waits until no more than this is held. Those that hold less than their share are spared: they would go for nothing,
   * and be as many as there are honest readers on slow lines.
   */
  #free(goalBytes: number): void {
    while (this.#mayHoldBytes > goalBytes) {
      const shareBytes = this.#mayHoldBytes / this.#until.size
      for (const item of this.#until.keys()) {
        const bytes = item.heldBytes
        if (bytes < shareBytes) continue
        this.#until.delete(item)
        this.#mayHoldBytes -= bytes
        this.#ended++
        item.stalled("too-much")
        if (this.#mayHoldBytes <= goalBytes) return
      }
      this.#mayHoldBytes = this.heldBytes
    }
  }
}

/** Why a wait ends before its time. */
export function bufferLimit(what: string): BridgeError {
  return new BridgeError(
    "buffer-limit",
    `The bridge holds as many bytes as it may (--max-buffered-bytes) for calls whose other side does not read; ${what} had waited longest`,
  )
}
