import { create, type MessageInitShape } from "@bufbuild/protobuf"
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt"
import { BridgeSnapshotSchema, MethodNumbersSchema } from "@causeway/proto/api/v1/bridge_pb"
import { describe, expect, it } from "vitest"

import { endedOf, failedOf, latencyOf, ratesBetween, type Reading } from "./rates.ts"

function reading(timeMs: number, numbers: MessageInitShape<typeof BridgeSnapshotSchema>): Reading {
  const snapshot = create(BridgeSnapshotSchema, { startTime: timestampFromMs(1), ...numbers })
  return { timeMs, snapshot }
}

/** Calls by the upper bound of their bucket in milliseconds; Infinity: above all. */
function method(...counts: readonly (readonly [boundMs: number, count: bigint])[]) {
  return create(MethodNumbersSchema, {
    durations: counts.map(([bound, count]) => ({
      bound: bound === Infinity ? undefined : durationFromMs(bound),
      count,
    })),
  })
}

describe("ratesBetween", () => {
  it("divides what was counted by the time in between", () => {
    const from = reading(1_000, { replyMessages: 10n, requestBytes: 5n, cpuTime: durationFromMs(100) })
    const to = reading(3_000, {
      replyMessages: 16n,
      requestBytes: 5n,
      replyBytes: 2_000n,
      cpuTime: durationFromMs(1_100),
      methods: [
        {
          method: "a/B",
          ended: [
            { code: "OK", count: 3n },
            { code: "NOT_FOUND", count: 1n },
          ],
        },
        { method: "a/C", ended: [{ code: "OK", count: 4n }] },
      ],
    })
    expect(ratesBetween(from, to)).toEqual({
      callsPerSecond: 4,
      messagesPerSecond: 3,
      bytesInPerSecond: 0,
      bytesOutPerSecond: 1_000,
      cpuShare: 0.5,
    })
  })

  it("tells nothing across a restart, or of no time at all", () => {
    const first = reading(1_000, { replyMessages: 10n })
    expect(ratesBetween(first, reading(2_000, { startTime: timestampFromMs(2) }))).toBeNull()
    expect(ratesBetween(first, first)).toBeNull()
  })
})

describe("latencyOf", () => {
  it("gives the bound of the bucket in which the call of that rank is", () => {
    const calls = method([5, 50n], [10, 49n], [100, 0n], [Infinity, 1n])
    expect(latencyOf(null, calls)).toEqual({ p50Ms: 5, p99Ms: 10 })
    expect(latencyOf(null, method([5, 1n], [Infinity, 1n]))).toEqual({ p50Ms: 5, p99Ms: Infinity })
  })

  it("leaves out what had ended before", () => {
    expect(latencyOf(method([5, 98n], [10, 0n]), method([5, 98n], [10, 2n]))).toEqual({ p50Ms: 10, p99Ms: 10 })
    expect(latencyOf(method([5, 1n]), method([5, 1n]))).toEqual({ p50Ms: null, p99Ms: null })
  })
})

it("counts a method's calls, and those that failed", () => {
  const numbers = create(MethodNumbersSchema, {
    ended: [
      { code: "OK", count: 3n },
      { code: "UNAVAILABLE", count: 2n },
    ],
  })
  expect([endedOf(numbers), failedOf(numbers)]).toEqual([5n, 2n])
})
