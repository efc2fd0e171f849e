import { Code, codeName } from "@causeway/protocol"
import type { CallRecord } from "../core/call.ts"
import type { Histogram, Registry, Sample } from "./registry.ts"

/** OpenTelemetry's word for a method that is not known, and ours for a code that is none of gRPC's. */
const other = "_OTHER"
const maxMethods = 1_000
const maxPathLength = 256

/** The buckets of OpenTelemetry's RPC conventions, in seconds. */
const durationBounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/** The codes as Prometheus' gRPC metrics spell them: `OK`, `NotFound`. */
const grpcCodes = Object.entries(Code)
  .toSorted(([, a], [, b]) => a - b)
  .map(([name]) => (name === "Ok" ? "OK" : name))

/** What is counted of one method. */
interface MethodSeries {
  readonly rpcMethod: string
  readonly service: string
  readonly method: string
  readonly started: Sample
  /** By status code; the slot after the last code takes those that gRPC does not name. */
  readonly ended: (EndSeries | undefined)[]
}

interface EndSeries {
  readonly duration: Histogram
  readonly handled: Sample
}

/**
 * Counts calls by method: OpenTelemetry's rpc.server.call.duration, and the grpc_server_* pair that boards and alerts of the
 * Prometheus ecosystem ask for.
 *
 * Without a schema, any path that a stranger makes up would become a method. So a method has a name here once its backend has
 * answered it with something else than UNIMPLEMENTED, and 1000 have one at most; the rest is `_OTHER`.
 *
 * A call is a POST: also one that is refused for its origin or content type. Preflights are none, though their paths are.
 */
export class MethodMetrics {
  readonly #durations: (labels: string[]) => Histogram
  readonly #handled: (labels: string[]) => Sample
  readonly #started: (labels: string[]) => Sample
  readonly #methods = new Map<string, MethodSeries>()
  readonly #other: MethodSeries
  /** Calls in progress on paths without a name yet: they count as started when it is known under which. */
  readonly #undecided = new Map<string, number>()

  constructor(registry: Registry) {
    this.#durations = registry.histograms(
      "rpc_server_call_duration_seconds",
      "Duration of calls, from the request's head to the last byte of the answer (OpenTelemetry: rpc.server.call.duration).",
      ["rpc_system_name", "rpc_method", "rpc_status_code"],
      durationBounds,
    )
    const grpcLabels = ["grpc_type", "grpc_service", "grpc_method"]
    this.#started = registry.counters(
      "grpc_server_started_total",
      "Calls that have begun; those of a method without a name yet count when it gets one, or at their end.",
      grpcLabels,
    )
    this.#handled = registry.counters("grpc_server_handled_total", "Calls that have ended, by status code.", [
      ...grpcLabels,
      "grpc_code",
    ])
    this.#other = this.#createSeries(other, other, other)
  }

  started({ method, path }: CallRecord): void {
    if (method !== "POST") return
    const series = this.#methods.get(path)
    if (series !== undefined) series.started.value++
    else if (this.#mayName(path)) this.#undecided.set(path, (this.#undecided.get(path) ?? 0) + 1)
    else this.#other.started.value++
  }

  ended(record: CallRecord): void {
    const { path, code } = record
    if (record.method !== "POST") return
    let series = this.#methods.get(path)
    if (series === undefined) {
      const isReal = record.isAnswered && code !== Code.Unimplemented && this.#mayName(path)
      series = isReal ? this.#name(path) : this.#other
      if (!isReal) this.#decideOne(path)
    }
    const end = (series.ended[Math.min(code, grpcCodes.length)] ??= this.#createEnd(series, code))
    end.duration.observe((record.endedAt - record.startedAt) / 1_000)
    end.handled.value++
  }

  #mayName(path: string): boolean {
    return this.#methods.size < maxMethods && path.length <= maxPathLength
  }

  #name(path: string): MethodSeries {
    const slash = path.lastIndexOf("/")
    const series = this.#createSeries(path.slice(1), path.slice(1, slash), path.slice(slash + 1))
    series.started.value += this.#undecided.get(path) ?? 0
    this.#undecided.delete(path)
    this.#methods.set(path, series)
    return series
  }

  #decideOne(path: string): void {
    const undecided = this.#undecided.get(path)
    if (undecided === undefined) return // began when no further method was given a name
    this.#other.started.value++
    if (undecided === 1) this.#undecided.delete(path)
    else this.#undecided.set(path, undecided - 1)
  }

  #createSeries(rpcMethod: string, service: string, method: string): MethodSeries {
    return { rpcMethod, service, method, started: this.#started(["unknown", service, method]), ended: [] }
  }

  #createEnd({ rpcMethod, service, method }: MethodSeries, code: number): EndSeries {
    const isNamed = code < grpcCodes.length
    return {
      duration: this.#durations(["grpc", rpcMethod, isNamed ? codeName(code) : other]),
      handled: this.#handled(["unknown", service, method, isNamed ? grpcCodes[code] : other]),
    }
  }
}
