/** Longer than the time between two scrapes, and than Prometheus looks back for a value. */
const keptMs = 600_000

/**
 * The upstreams whose series are shown: those that there are, and those that have gone lately. So scrapers read the last values of
 * an upstream that a reload takes away, and the number of series is bounded.
 */
export class UpstreamNames {
  /** By name; when the upstream was last there. */
  readonly #seenAt = new Map<string, number>()

  /** These upstreams are there now. Calls `remove` with a test that tells which names to keep. */
  sweep(present: Iterable<string>, nowMs: number, remove: (isKept: (name: string) => boolean) => void): void {
    for (const name of present) this.#seenAt.set(name, nowMs)
    remove((name) => {
      const seenAt = this.#seenAt.get(name)
      if (seenAt === undefined) this.#seenAt.set(name, nowMs) // it has come and gone since the last sweep
      return seenAt === undefined || nowMs - seenAt < keptMs
    })
    for (const [name, seenAt] of this.#seenAt) if (nowMs - seenAt >= keptMs) this.#seenAt.delete(name)
  }
}
