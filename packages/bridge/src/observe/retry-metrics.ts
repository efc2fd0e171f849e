import type { CallRecord } from "../core/call-record.ts"
import type { Registry } from "./registry.ts"

/** Limits of the buckets: most routes allow up to five attempts, and a call that a GOAWAY left over is repeated more often. */
const countBounds = [1, 2, 3, 4, 5, 10, 100]
/** In seconds. */
const delayBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** The metrics of repeated calls. */
export interface RetryMetrics {
  /** Takes in a call that has ended. A call that was not repeated costs two comparisons. */
  ended(record: CallRecord): void
  /** Shows a zero where an alert watches for the first event: a series that appears with it has no increase. */
  show(upstream: string): void
}

/**
 * Registers the metrics of repeated calls. The names are those of gRFC A96, with the upstream in place of its labels. As there, zeros
 * of histograms are not reported.
 */
export function addRetryMetrics(registry: Registry): RetryMetrics {
  const family = (name: string, help: string, bounds: readonly number[]) =>
    registry.histograms(`grpc_client_call_${name}`, help, ["upstream"], bounds)
  const retries = family("retries", "Retries of a call by its route's policy (gRFC A96).", countBounds)
  const transparent = family(
    "transparent_retries",
    "Repetitions of a call that no backend had begun to process (gRFC A96).",
    countBounds,
  )
  const hedges = family("hedges", "Further attempts of a call on a route with hedging (gRFC A96).", countBounds)
  const delay = family("retry_delay_seconds", "Back-off before the retries of a call (gRFC A96).", delayBounds)
  const givenUp = registry.counters(
    "causeway_upstream_retries_given_up_total",
    "Failed calls that were not repeated although their route repeats such calls, by reason.",
    ["upstream", "why"],
  )
  return {
    ended({ repeats, notRetried, upstream }) {
      if (repeats === null && notRetried === null) return
      const labels = [upstream ?? ""]
      if (notRetried !== null) givenUp([...labels, notRetried]).value++
      if (repeats === null) return
      if (repeats.retries > 0) {
        retries(labels).observe(repeats.retries)
        delay(labels).observe(repeats.delayMs / 1_000)
      }
      if (repeats.transparentRetries > 0) transparent(labels).observe(repeats.transparentRetries)
      if (repeats.hedges > 0) hedges(labels).observe(repeats.hedges)
    },
    show: (upstream) => void givenUp([upstream, "retry-budget-exhausted"]),
  }
}
