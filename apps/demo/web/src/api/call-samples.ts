import type { CallLog } from "./call-log.ts"

/** A call that has ended: when, and how long it took, in milliseconds on the clock of `performance.now()`. */
export interface CallSample {
  /** Of the call. */
  readonly id: number
  readonly endedMs: number
  readonly durationMs: number
}

/** More than the charts' two minutes at forty calls a second. */
const maxSamples = 5_000

/**
 * Keeps the times of the last unary calls, longer than the log keeps the calls. A stream's time is how long somebody looked
 * at it, and is no latency. Gives the function that reads them, the oldest first; what it gave before never changes.
 */
export function sampleCalls(log: CallLog): () => readonly CallSample[] {
  let samples: readonly CallSample[] = []
  log.store.subscribe(() => {
    const { latest } = log.store.get()
    if (latest?.phase.kind !== "done" || latest.method.methodKind !== "unary") return
    const { durationMs } = latest.phase
    const { id, startedMs } = latest
    // It may change after its end, when its version of HTTP is known.
    if (samples.some((sample) => sample.id === id)) return
    samples = [...samples.slice(1 - maxSamples), { id, endedMs: startedMs + durationMs, durationMs }]
  })
  return () => samples
}
