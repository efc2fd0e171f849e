import type { WatchBridgeResponse } from "@causeway/proto/api/v1/bridge_pb"

import type { Bell } from "./bell.ts"

/** Milliseconds between two readings. */
const PERIOD_MS = 1_000

/**
 * Reads the bridge's state once a second for all watchers together, while there are any. The bridge reports event-loop
 * delays since the last reading, so a second reader would split them.
 */
export class BridgeMonitor {
  readonly #read: () => Promise<WatchBridgeResponse>
  readonly #bells = new Set<Bell>()
  #latest: WatchBridgeResponse | null = null
  #timer: NodeJS.Timeout | null = null
  #isReading = false

  /** `read` must not reject. */
  constructor(read: () => Promise<WatchBridgeResponse>) {
    this.#read = read
  }

  /** The last reading; null before the first. */
  get latest(): WatchBridgeResponse | null {
    return this.#latest
  }

  /** Rings the bell for each reading from now on, and at once if there is a reading already. */
  watch(bell: Bell): void {
    this.#bells.add(bell)
    if (this.#latest !== null) bell.ring()
    else if (!this.#isReading) void this.#readOnce()
  }

  unwatch(bell: Bell): void {
    this.#bells.delete(bell)
    if (this.#bells.size > 0) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    // Dropped, because it will be outdated when the next watcher comes.
    this.#latest = null
  }

  async #readOnce(): Promise<void> {
    this.#isReading = true
    const latest = await this.#read()
    this.#isReading = false
    if (this.#bells.size === 0) return
    this.#latest = latest
    for (const bell of this.#bells) bell.ring()
    this.#timer = setTimeout(() => void this.#readOnce(), PERIOD_MS)
  }
}
