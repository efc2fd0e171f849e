import { Code, codeName } from "@causeway/protocol"
import type { CallRecord } from "../core/call-record.ts"
import { grpcCodeLabel, grpcCodes, other } from "./grpc-codes.ts"
import type { Histogram } from "./histogram.ts"
import type { Registry, Sample } from "./registry.ts"

const maxPathLength = 256
/** Limit for all methods together in a scrape. `_OTHER` is extra. */
const maxExposedBytes = 4_194_304
/** If there is no room, a method that was not called for this long loses its name. */
const unusedMs = 3_600_000
/** Minimum time between two searches for unused methods, since a flood of new paths must not cause one each. */
const sweepGapMs = 60_000

/** The buckets of OpenTelemetry's RPC conventions, in seconds. */
const durationBounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/** Lines in a scrape for each code of a method: a histogram and a counter. */
const linesPerEnd = durationBounds.length + 4
/** Upper bound of such a line without the method's name: names, labels, and a number of 16 digits. */
const lineBytes = 160

/** The counters of one method. */
interface MethodSeries {
  readonly rpcMethod: string
  readonly service: string
  readonly method: string
  /** Upper bound of the bytes that one code adds to a scrape. */
  readonly endBytes: number
  readonly started: Sample
  /** By status code. The slot after the last code is for codes that gRPC does not define. */
  readonly ended: (EndSeries | undefined)[]
  /** Number of calls in progress. */
  open: number
  /** The end of its last call, in monotonic milliseconds. */
  usedAt: number
}

interface EndSeries {
  readonly duration: Histogram
  readonly handled: Sample
}

const durationName = "rpc_server_call_duration_seconds"
const startedName = "grpc_server_started_total"
const handledName = "grpc_server_handled_total"

/**
 * Counts calls by method: OpenTelemetry's rpc.server.call.duration, and the grpc_server_* metrics that Prometheus dashboards and
 * alerts use.
 *
 * Without a schema, any path that a stranger makes up would become a method. So a method gets a name here when a call of it has
 * ended OK, as long as there is room; all others are `_OTHER`. A backend may answer OK to every path: if there is no room,
 * methods that were not called for an hour are removed, and their counts are added to `_OTHER`, so that no sum decreases.
 *
 * A call is a POST, even if it is refused for its origin or content type. A preflight is no call, although it has the path of
 * one.
 */
export class MethodMetrics {
  readonly #registry: Registry
  readonly #durations: (labels: string[]) => Histogram
  readonly #handled: (labels: string[]) => Sample
  readonly #started: (labels: string[]) => Sample
  readonly #methods = new Map<string, MethodSeries>()
  readonly #other: MethodSeries
  /** Calls in progress on paths without a name. They count as started when their name is decided. */
  readonly #undecided = new Map<string, number>()
  #exposedBytes = 0
  #sweptAt = -Infinity

  constructor(registry: Registry) {
    this.#registry = registry
    this.#durations = registry.histograms(
      durationName,
      "Duration of calls, from the request's head to the last byte of the answer (OpenTelemetry: rpc.server.call.duration).",
      ["rpc_system_name", "rpc_method", "rpc_status_code"],
      durationBounds,
    )
    const grpcLabels = ["grpc_type", "grpc_service", "grpc_method"]
    this.#started = registry.counters(
      startedName,
      "Calls that have begun; those of a method without a name yet count when it gets one, or at their end.",
      grpcLabels,
    )
    this.#handled = registry.counters(handledName, "Calls that have ended, by status code.", [
      ...grpcLabels,
      "grpc_code",
    ])
    this.#other = this.#createSeries(other, other, other)
  }

  started({ method, path }: CallRecord): void {
    if (method !== "POST") return
    const series = this.#methods.get(path)
    if (series !== undefined) begin(series, 1)
    else if (path.length > maxPathLength) begin(this.#other, 1)
    else this.#undecided.set(path, (this.#undecided.get(path) ?? 0) + 1)
  }

  ended(record: CallRecord): void {
    if (record.method !== "POST") return
    const { code, endedAt } = record
    const series = this.#methods.get(record.path) ?? this.#decide(record)
    series.open--
    series.usedAt = endedAt
    const end = series.ended[Math.min(code, grpcCodes.length)] ?? this.#addEnd(series, code, endedAt)
    end.duration.observe((endedAt - record.startedAt) / 1_000)
    end.handled.value++
  }

  /** Decides the series of a call whose path had no name at its start. */
  #decide({ path, code, isAnswered, endedAt }: CallRecord): MethodSeries {
    const undecided = this.#undecided.get(path)
    if (undecided === undefined) return this.#other // its path is too long
    const named = isAnswered && code === Code.Ok ? this.#name(path, endedAt) : null
    const count = named === null ? 1 : undecided // the new name applies to all calls of the path
    if (count === undecided) this.#undecided.delete(path)
    else this.#undecided.set(path, undecided - count)
    begin(named ?? this.#other, count)
    return named ?? this.#other
  }

  /** Null: there is no room for another method. */
  #name(path: string, now: number): MethodSeries | null {
    if (!this.#hasRoom(endBytesOf(path), now)) return null
    const slash = path.lastIndexOf("/")
    const series = this.#createSeries(path.slice(1), path.slice(1, slash), path.slice(slash + 1))
    this.#methods.set(path, series)
    return series
  }

  #hasRoom(bytes: number, now: number): boolean {
    if (this.#exposedBytes + bytes <= maxExposedBytes) return true
    if (now - this.#sweptAt < sweepGapMs) return false
    this.#sweptAt = now
    for (const [path, series] of this.#methods) {
      if (series.open === 0 && now - series.usedAt >= unusedMs) this.#remove(path, series)
    }
    return this.#exposedBytes + bytes <= maxExposedBytes
  }

  #remove(path: string, series: MethodSeries): void {
    this.#methods.delete(path)
    this.#other.started.value += series.started.value
    this.#registry.remove(startedName, startedLabels(series))
    for (const [code, end] of series.ended.entries()) {
      if (end === undefined) continue
      const sum = (this.#other.ended[code] ??= this.#createEnd(this.#other, code))
      sum.duration.add(end.duration)
      sum.handled.value += end.handled.value
      this.#registry.remove(durationName, durationLabels(series, code))
      this.#registry.remove(handledName, handledLabels(series, code))
      this.#exposedBytes -= series.endBytes
    }
  }

  #createSeries(rpcMethod: string, service: string, method: string): MethodSeries {
    const labels = { rpcMethod, service, method }
    const started = this.#started(startedLabels(labels))
    return { ...labels, endBytes: endBytesOf(rpcMethod), started, ended: [], open: 0, usedAt: 0 }
  }

  /** Without room, a code that the method has not ended with before is counted under `_OTHER`. */
  #addEnd(series: MethodSeries, code: number, now: number): EndSeries {
    const index = Math.min(code, grpcCodes.length)
    const isOther = series === this.#other || !this.#hasRoom(series.endBytes, now)
    if (isOther) return (this.#other.ended[index] ??= this.#createEnd(this.#other, index))
    this.#exposedBytes += series.endBytes
    return (series.ended[index] = this.#createEnd(series, index))
  }

  #createEnd(series: MethodSeries, code: number): EndSeries {
    return {
      duration: this.#durations(durationLabels(series, code)),
      handled: this.#handled(handledLabels(series, code)),
    }
  }
}

type MethodLabels = Pick<MethodSeries, "rpcMethod" | "service" | "method">

function startedLabels({ service, method }: MethodLabels): string[] {
  return ["unknown", service, method]
}

function durationLabels({ rpcMethod }: MethodLabels, code: number): string[] {
  return ["grpc", rpcMethod, code < grpcCodes.length ? codeName(code) : other]
}

function handledLabels({ service, method }: MethodLabels, code: number): string[] {
  return ["unknown", service, method, grpcCodeLabel(code)]
}

function begin(series: MethodSeries, calls: number): void {
  series.started.value += calls
  series.open += calls
}

/** Quotes and backslashes in a path count twice, since they are escaped. */
function endBytesOf(path: string): number {
  return linesPerEnd * (lineBytes + Buffer.byteLength(path) + (path.match(/["\\]/g)?.length ?? 0))
}
