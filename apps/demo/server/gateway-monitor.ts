import type { WatchGatewayResponse } from "@causeway/proto/api/v1/gateway_pb"

import type { Bell } from "./bell.ts"

/** Milliseconds between two readings. */
const PERIOD_MS = 1_000

/**
 * Reads the bridge's state once a second while somebody watches, once for all who do: the bridge's event-loop delays are
 * those since the last reading, and a second reader would halve them.
 */
export class GatewayMonitor {
  readonly #read: () => Promise<WatchGatewayResponse>
  readonly #bells = new Set<Bell>()
  #latest: WatchGatewayResponse | null = null
  #timer: NodeJS.Timeout | null = null
  #isReading = false

  /** `read` must not reject. */
  constructor(read: () => Promise<WatchGatewayResponse>) {
    this.#read = read
  }

  /** The last reading; null: the first is not done. */
  get latest(): WatchGatewayResponse | null {
    return this.#latest
  }

  /** Rings the bell for each reading from now on, and at once if there is one. */
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
    // Old by the time that somebody watches again.
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
