import { durationMs, type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt"
import type { DurationBucket, BridgeSnapshot, MethodNumbers } from "@causeway/proto/api/v1/bridge_pb"

/** A snapshot and when it was read, in milliseconds since 1970. */
export interface Reading {
  readonly timeMs: number
  readonly snapshot: BridgeSnapshot
}

/** The activity between two readings. */
export interface Rates {
  readonly callsPerSecond: number
  readonly messagesPerSecond: number
  readonly bytesInPerSecond: number
  readonly bytesOutPerSecond: number
  /** Of one core: 1 is all of it. */
  readonly cpuShare: number
}

/** How long calls took: upper bounds in milliseconds, Infinity above the last bucket; null: none has ended. */
export interface Latency {
  readonly p50Ms: number | null
  readonly p99Ms: number | null
}

/** The activity between two readings of one process. Null if no time has passed or the process has changed. */
export function ratesBetween(from: Reading, to: Reading): Rates | null {
  const seconds = (to.timeMs - from.timeMs) / 1_000
  if (seconds <= 0 || !isSameProcess(from.snapshot, to.snapshot)) return null
  const perSecond = (count: (snapshot: BridgeSnapshot) => bigint): number =>
    Number(count(to.snapshot) - count(from.snapshot)) / seconds
  const cpuMs = milliseconds(to.snapshot.cpuTime) - milliseconds(from.snapshot.cpuTime)
  return {
    callsPerSecond: perSecond(({ methods }) => methods.reduce((sum, method) => sum + endedOf(method), 0n)),
    messagesPerSecond: perSecond(({ replyMessages }) => replyMessages),
    bytesInPerSecond: perSecond(({ requestBytes }) => requestBytes),
    bytesOutPerSecond: perSecond(({ replyBytes }) => replyBytes),
    cpuShare: cpuMs / 1_000 / seconds,
  }
}

/** Whether both readings are from one process of the bridge, so that counters can be subtracted. */
export function isSameProcess(a: BridgeSnapshot, b: BridgeSnapshot): boolean {
  return sameTime(a.startTime, b.startTime)
}

/** How long the calls took that ended between the two; `from` null: since the process began. */
export function latencyOf(from: MethodNumbers | null, to: MethodNumbers): Latency {
  const before = new Map((from?.durations ?? []).map((bucket) => [boundMs(bucket), bucket.count]))
  const counts = to.durations.map((bucket) => {
    const bound = boundMs(bucket)
    return { bound, count: Number(bucket.count - (before.get(bound) ?? 0n)) }
  })
  return { p50Ms: quantile(counts, 0.5), p99Ms: quantile(counts, 0.99) }
}

/** Calls of a method that have ended, with any status. */
export function endedOf({ ended }: MethodNumbers): bigint {
  return ended.reduce((sum, { count }) => sum + count, 0n)
}

/** Calls of a method that ended with another status than OK. */
export function failedOf({ ended }: MethodNumbers): bigint {
  return ended.reduce((sum, { code, count }) => (code === "OK" ? sum : sum + count), 0n)
}

/** The upper bound of the bucket that contains the call of this rank; a histogram knows no more. */
function quantile(counts: readonly { readonly bound: number; readonly count: number }[], q: number): number | null {
  const total = counts.reduce((sum, { count }) => sum + count, 0)
  if (total === 0) return null
  let seen = 0
  for (const { bound, count } of counts) {
    seen += count
    if (seen >= q * total) return bound
  }
  return Infinity
}

function boundMs({ bound }: DurationBucket): number {
  return bound === undefined ? Infinity : durationMs(bound)
}

function milliseconds(duration: BridgeSnapshot["cpuTime"]): number {
  return duration === undefined ? 0 : durationMs(duration)
}

function sameTime(a: Timestamp | undefined, b: Timestamp | undefined): boolean {
  return a !== undefined && b !== undefined && timestampMs(a) === timestampMs(b)
}
