import { create, type MessageInitShape } from "@bufbuild/protobuf"
import { type Duration, DurationSchema, timestampFromMs } from "@bufbuild/protobuf/wkt"
import type { BridgeSnapshotSchema, MethodNumbersSchema, ReasonCountSchema } from "@causeway/proto/api/v1/bridge_pb"

import type { MetricSample } from "./prometheus-text.ts"

/** Whether the bridge accepts new calls, according to its /readyz. */
export interface BridgeReadiness {
  readonly isReady: boolean
  /** Empty while the bridge is ready. */
  readonly notReadyReason: string
}

/** The bridge's numbers from its /metrics; a missing metric is 0. */
export function bridgeSnapshot(
  samples: readonly MetricSample[],
  readiness: BridgeReadiness,
): MessageInitShape<typeof BridgeSnapshotSchema> {
  const sum = (name: string): number => named(samples, name).reduce((total, { value }) => total + value, 0)
  const count = (name: string): bigint => toCount(sum(name))
  return {
    ...readiness,
    startTime: timestampFromMs(Math.round(sum("process_start_time_seconds") * 1_000)),
    callsInFlight: count("causeway_calls_in_flight"),
    connectionsOpen: count("causeway_connections_open"),
    sessionsOpen: count("causeway_upstream_sessions_open"),
    callsQueued: count("causeway_upstream_queue"),
    directionsStalled: count("causeway_stalled"),
    eventLoopDelayMax: toDuration(sum("causeway_event_loop_delay_max_seconds")),
    eventLoopDelayP99: toDuration(sum("causeway_event_loop_delay_p99_seconds")),
    cpuTime: toDuration(sum("process_cpu_seconds_total")),
    memoryBytes: count("process_resident_memory_bytes"),
    requestBytes: count("causeway_request_bytes_total"),
    replyBytes: count("causeway_reply_bytes_total"),
    replyMessages: count("causeway_reply_messages_total"),
    crashes: count("causeway_crashes_total"),
    connectionsRefused: count("causeway_connections_refused_total"),
    sessionsFailed: count("causeway_upstream_sessions_failed_total"),
    refused: reasonCounts(named(samples, "causeway_refused_total")),
    endedByBridge: reasonCounts(named(samples, "causeway_ended_by_bridge_total")),
    methods: methodNumbers(samples),
  }
}

function named(samples: readonly MetricSample[], name: string): MetricSample[] {
  return samples.filter((sample) => sample.name === name)
}

function reasonCounts(samples: readonly MetricSample[]): MessageInitShape<typeof ReasonCountSchema>[] {
  return samples
    .filter(({ value }) => value > 0)
    .map(({ labels, value }) => ({ reason: labels["reason"], count: toCount(value) }))
}

function methodNumbers(samples: readonly MetricSample[]): MessageInitShape<typeof MethodNumbersSchema>[] {
  const started = Map.groupBy(named(samples, "grpc_server_started_total"), nameOf)
  const ended = Map.groupBy(named(samples, "rpc_server_call_duration_seconds_count"), nameOf)
  const buckets = Map.groupBy(named(samples, "rpc_server_call_duration_seconds_bucket"), nameOf)
  const names = [...new Set([...started.keys(), ...ended.keys()])].sort()
  const all = names.map((method) => ({
    method,
    started: toCount((started.get(method) ?? []).reduce((total, { value }) => total + value, 0)),
    ended: (ended.get(method) ?? []).map(({ labels, value }) => ({
      code: labels["rpc_status_code"],
      count: toCount(value),
    })),
    durations: durations(buckets.get(method) ?? []),
  }))
  return all.filter(({ started, ended: ends }) => started > 0n || ends.length > 0)
}

/** OpenTelemetry's metrics have the full method name in one label, Prometheus' gRPC metrics in two labels. */
function nameOf({ labels }: MetricSample): string {
  const { rpc_method: whole, grpc_service: service, grpc_method: method } = labels
  return whole ?? (service === method ? (service ?? "") : `${service}/${method}`)
}

/** Adds up all statuses, and makes buckets exclusive: Prometheus' buckets are cumulative. */
function durations(samples: readonly MetricSample[]) {
  const byBound = Map.groupBy(samples, ({ labels }) => (labels["le"] === "+Inf" ? Infinity : Number(labels["le"])))
  const bounds = [...byBound.keys()].sort((a, b) => a - b)
  let below = 0
  return bounds.map((bound) => {
    const total = (byBound.get(bound) ?? []).reduce((sum, { value }) => sum + value, 0)
    const count = toCount(total - below)
    below = total
    return { bound: bound === Infinity ? undefined : toDuration(bound), count }
  })
}

/** Converts a count for the wire. A value that is not a number becomes 0. */
function toCount(value: number): bigint {
  return Number.isFinite(value) ? BigInt(Math.round(value)) : 0n
}

function toDuration(seconds: number): Duration {
  const nanos = toCount(seconds * 1e9)
  return create(DurationSchema, { seconds: nanos / 1_000_000_000n, nanos: Number(nanos % 1_000_000_000n) })
}
