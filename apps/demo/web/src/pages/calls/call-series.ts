import type { CallSample } from "../../api/call-samples.ts"

/** What the charts draw: one number a second, the oldest first. `null`: no call to speak of. */
export interface CallSeries {
  /** Seconds before now: -119 to 0. */
  readonly seconds: readonly number[]
  readonly rate: readonly number[]
  readonly p50: readonly (number | null)[]
  readonly p95: readonly (number | null)[]
}

/** How far back the charts go, in seconds. */
const windowSeconds = 120
/** A percentile of one second's few calls says little: it is taken over this many seconds up to its own. */
const smoothSeconds = 10

/** The series of the last two minutes. */
export function seriesOf(samples: readonly Omit<CallSample, "id">[], nowMs: number): CallSeries {
  const bySecond = new Map<number, number[]>()
  for (const { endedMs, durationMs } of samples) {
    const second = -Math.floor((nowMs - endedMs) / 1_000)
    bySecond.set(second, [...(bySecond.get(second) ?? []), durationMs])
  }
  const seconds = Array.from({ length: windowSeconds }, (_, index) => index - windowSeconds + 1)
  const recent = seconds.map((second) =>
    Array.from({ length: smoothSeconds }, (_, index) => bySecond.get(second - index) ?? [])
      .flat()
      .sort((a, b) => a - b),
  )
  return {
    seconds,
    rate: seconds.map((second) => bySecond.get(second)?.length ?? 0),
    p50: recent.map((durations) => percentile(durations, 0.5)),
    p95: recent.map((durations) => percentile(durations, 0.95)),
  }
}

/** The nearest-rank percentile of numbers in ascending order; null of none. */
function percentile(ascending: readonly number[], share: number): number | null {
  return ascending[Math.max(0, Math.ceil(ascending.length * share) - 1)] ?? null
}
