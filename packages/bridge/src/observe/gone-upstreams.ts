/** Longer than the time between two scrapes, and than Prometheus looks back for a value. */
const keptMs = 600_000
/** A file whose upstreams get other names again and again must not fill the scrape. */
const maxGone = 10

/** The upstreams that have gone lately. Their series are still shown, so that scrapers read their last values. */
export class GoneUpstreams {
  /** By name, the first that has gone first; when that was noticed. */
  readonly #goneAt = new Map<string, number>()

  has(name: string): boolean {
    return this.#goneAt.has(name)
  }

  /** Notices which of the upstreams with series are gone. */
  notice(withSeries: Iterable<string>, present: ReadonlySet<string>, nowMs: number): void {
    for (const name of present) this.#goneAt.delete(name)
    for (const name of withSeries) if (!present.has(name) && !this.has(name)) this.#goneAt.set(name, nowMs)
    for (const [name, goneAt] of this.#goneAt) {
      if (this.#goneAt.size > maxGone || nowMs - goneAt >= keptMs) this.#goneAt.delete(name)
    }
  }
}
