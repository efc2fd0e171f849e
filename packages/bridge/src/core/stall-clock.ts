import { BridgeError } from "./errors.ts"
import type { Link } from "./linked-list.ts"
import { LinkedList } from "./linked-list.ts"

/** The reason why a wait is ended: it took too long, or too much is held in memory and this item was chosen. */
export type StallEnd = "too-long" | "too-much"

/** An item's wait, and its end time in monotonic milliseconds. */
interface Wait {
  readonly item: Stallable
  readonly untilMs: number
}

/** One direction of a call, which may wait for the other side. */
export interface Stallable {
  /** Kept by `StallClock`: the item's wait. Null at first: it does not wait. */
  wait: Link<Wait> | null
  /** Bytes held in memory for the other side to read, including the cost of their objects. */
  readonly heldBytes: number
  /** True: nothing is lost for a client when its wait is ended for memory, so it is ended before all others. Default false. */
  readonly isExpendable?: boolean
  /** Reduces the held memory as far as possible. Must not throw. */
  compact(): void
  /** Ends the wait. Must not throw. */
  stalled(why: StallEnd): void
}

/** Limits of the waits: their time, and their memory together. */
export interface StallLimits {
  readonly stallTimeoutMs: number
  /** Limit of the bytes that all waiting items together may hold. */
  readonly maxBufferedBytes: number
}

const sweepMs = 250

/**
 * Assumed memory of an item that has just begun to wait, until its real value is read. So the real values are rarely read, and no
 * new item is missed. It is about the most that one item holds, see docs/operations.md.
 */
const assumedBytes = 262_144

/**
 * One coarse clock for all calls, and their memory budget. A direction that waits too long is ended within a second. When all
 * waiting directions hold more than the budget, those that have waited longest are ended until an eighth of the budget is free. A
 * call that does not wait costs nothing here.
 */
export class StallClock {
  #limits: StallLimits
  readonly #now: () => number
  /**
   * In the order in which the waits began. No Map: the table of a Map leads to its next table, even from garbage. Most calls wait
   * for a moment, and would survive the collections of young garbage (V8 of Node 22–26).
   */
  readonly #waits = new LinkedList<Wait>()
  readonly #check = (): void => this.#checkSoon()
  #timer: NodeJS.Timeout | null = null
  #mayHoldBytes = 0
  #isCheckDue = false
  #ended = 0

  constructor(limits: StallLimits, now: () => number = () => performance.now()) {
    this.#limits = limits
    this.#now = now
  }

  /** Waits that begin from now on have these limits. */
  limit(limits: StallLimits): void {
    this.#limits = limits
  }

  get size(): number {
    return this.#waits.size
  }

  /** Number of waits that were ended because too much was held. */
  get endedForMemory(): number {
    return this.#ended
  }

  get heldBytes(): number {
    let sum = 0
    for (const { item } of this.#waits.values()) sum += item.heldBytes
    return sum
  }

  /** Monotonic milliseconds. */
  now(): number {
    return this.#now()
  }

  /** The item waits for the other side to read, from now on. An item that waits already keeps its start time. */
  begin(item: Stallable): void {
    if (item.wait !== null) return
    this.beginSince(item, this.#now(), 0)
    this.grew(assumedBytes)
  }

  /** An item that waits may hold this many bytes more than was known. */
  grew(bytes: number): void {
    this.#mayHoldBytes += bytes
    if (this.#mayHoldBytes <= this.#limits.maxBufferedBytes || this.#isCheckDue) return
    this.#isCheckDue = true
    setImmediate(this.#check) // later, since this may run inside the pump of the item that would be ended
  }

  /** The item waits since `sinceMs`. It holds little memory, and may wait `extraMs` longer than others. */
  beginSince(item: Stallable, sinceMs: number, extraMs: number): void {
    this.#beginUntil(item, sinceMs + this.#limits.stallTimeoutMs + extraMs)
  }

  /** The item waits from now on, not longer than others, and not after `untilMs`. It holds little memory. */
  beginUntil(item: Stallable, untilMs: number): void {
    this.#beginUntil(item, Math.min(untilMs, this.#now() + this.#limits.stallTimeoutMs))
  }

  /** A wait that began then has lasted for as long as it may. */
  isOver(sinceMs: number, extraMs: number): boolean {
    return this.#now() >= sinceMs + this.#limits.stallTimeoutMs + extraMs
  }

  end(item: Stallable): void {
    if (item.wait === null) return
    this.#waits.remove(item.wait)
    item.wait = null
  }

  /**
   * Ends the waits that took too long, and compacts the rest. Only the sweep stops the timer, so that short waits do not set
   * timers.
   */
  sweep(): void {
    const now = this.#now()
    for (const wait of this.#waits.values()) {
      const { item, untilMs } = wait
      if (item.wait?.value !== wait) continue // it was ended by another item's end
      if (untilMs > now) {
        item.compact()
        continue
      }
      this.end(item)
      item.stalled("too-long")
    }
    this.#checkBudget()
    if (this.#waits.size > 0 || this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
  }

  #beginUntil(item: Stallable, untilMs: number): void {
    this.end(item)
    item.wait = this.#waits.push({ item, untilMs })
    this.#timer ??= setInterval(() => this.sweep(), sweepMs).unref()
  }

  #checkSoon(): void {
    this.#isCheckDue = false
    this.#checkBudget()
  }

  #checkBudget(): void {
    this.#mayHoldBytes = this.heldBytes
    const { maxBufferedBytes } = this.#limits
    const goalBytes = maxBufferedBytes - maxBufferedBytes / 8
    if (this.#mayHoldBytes > maxBufferedBytes) this.#freeExpendable(goalBytes)
    if (this.#mayHoldBytes > maxBufferedBytes) this.#free(goalBytes)
  }

  /**
   * Ends waits until no more than `goalBytes` are held. Items with less than the average share are spared: ending them would free
   * little, and they may be honest readers on slow lines.
   */
  #free(goalBytes: number): void {
    while (this.#mayHoldBytes > goalBytes) {
      const shareBytes = this.#mayHoldBytes / this.#waits.size
      for (const wait of this.#waits.values()) {
        const { item } = wait
        if (item.wait?.value !== wait) continue
        const bytes = item.heldBytes
        if (bytes < shareBytes) continue
        this.end(item)
        this.#mayHoldBytes -= bytes
        this.#ended++
        item.stalled("too-much")
        if (this.#mayHoldBytes <= goalBytes) return
      }
      this.#mayHoldBytes = this.heldBytes
    }
  }

  #freeExpendable(goalBytes: number): void {
    for (const wait of this.#waits.values()) {
      if (this.#mayHoldBytes <= goalBytes) return
      const { item } = wait
      if (item.isExpendable !== true || item.wait?.value !== wait) continue
      this.#mayHoldBytes -= item.heldBytes
      this.end(item)
      item.stalled("too-much")
    }
  }
}

/** The error of a wait that was ended for memory. */
export function bufferLimit(what: string): BridgeError {
  return new BridgeError(
    "buffer-limit",
    `The bridge holds as many bytes as it may (--max-buffered-bytes) for calls whose other side does not read; ${what} had waited longest`,
  )
}
