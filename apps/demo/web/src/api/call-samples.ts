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
 * Keeps the durations of the last unary calls, for longer than the log keeps the calls. The duration of a stream is not
 * a latency. Returns a function that reads them, oldest first; returned arrays never change.
 */
export function sampleCalls(log: CallLog): () => readonly CallSample[] {
  let samples: readonly CallSample[] = []
  log.store.subscribe(() => {
    const { latest } = log.store.get()
    if (latest?.phase.kind !== "done" || latest.method.methodKind !== "unary") return
    const { durationMs } = latest.phase
    const { id, startedMs } = latest
    // A call may change after its end, when its HTTP version is known.
    if (samples.some((sample) => sample.id === id)) return
    samples = [...samples.slice(1 - maxSamples), { id, endedMs: startedMs + durationMs, durationMs }]
  })
  return () => samples
}
