/** How often the bridge repeated a call, for metrics (gRFC A96). */
export interface Repeats {
  /** Attempts after a status that the route retries. */
  retries: number
  /** Attempts after one that the backend's application never saw. */
  transparentRetries: number
  /** Attempts that began while another one ran, or after it on a route with hedging. */
  hedges: number
  /** The back-offs before retries, in milliseconds. */
  delayMs: number
}

/** The repeats of a call that is about to be repeated. Most calls are not, and have no such object. */
export function repeatsOf(record: { repeats: Repeats | null }): Repeats {
  record.repeats ??= { retries: 0, transparentRetries: 0, hedges: 0, delayMs: 0 }
  return record.repeats
}
