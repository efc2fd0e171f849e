import { create, type MessageInitShape } from "@bufbuild/protobuf"
import { timestampFromMs } from "@bufbuild/protobuf/wkt"
import { type BridgeSnapshotSchema, WatchBridgeResponseSchema } from "@causeway/proto/api/v1/bridge_pb"
import { describe, expect, it } from "vitest"

import { countedBetween } from "./counted.ts"

function reading(numbers: MessageInitShape<typeof BridgeSnapshotSchema>) {
  const value = { startTime: timestampFromMs(1), ...numbers }
  return create(WatchBridgeResponseSchema, { state: { case: "snapshot", value } })
}

const away = create(WatchBridgeResponseSchema, { state: { case: "unreachable", value: { message: "it is stopped" } } })

describe("what the bridge counted", () => {
  it("is what has grown, by reason and by status over all methods", () => {
    const before = reading({
      refused: [{ reason: "origin-refused", count: 2n }],
      methods: [{ method: "a/B", ended: [{ code: "OK", count: 5n }] }],
    })
    const after = reading({
      refused: [
        { reason: "origin-refused", count: 3n },
        { reason: "draining", count: 1n },
      ],
      endedByBridge: [{ reason: "backend-lost", count: 2n }],
      sessionsFailed: 1n,
      methods: [
        {
          method: "a/B",
          ended: [
            { code: "OK", count: 5n },
            { code: "UNAVAILABLE", count: 1n },
          ],
        },
        { method: "a/C", ended: [{ code: "UNAVAILABLE", count: 1n }] },
      ],
    })
    expect(countedBetween(before, after)).toEqual({
      kind: "grown",
      isNewProcess: false,
      growth: [
        { what: "refused", label: "origin-refused", by: 1 },
        { what: "refused", label: "draining", by: 1 },
        { what: "ended by the bridge", label: "backend-lost", by: 2 },
        { what: "calls that ended", label: "UNAVAILABLE", by: 2 },
        { what: "connections to the service that could not be made", label: "", by: 1 },
      ],
    })
    expect(countedBetween(after, after)).toMatchObject({ growth: [] })
  })

  it("is all that a new process has counted", () => {
    const after = reading({ startTime: timestampFromMs(2), refused: [{ reason: "draining", count: 1n }] })
    const all = { isNewProcess: true, growth: [{ label: "draining", by: 1 }] }
    expect(countedBetween(reading({ refused: [{ reason: "draining", count: 9n }] }), after)).toMatchObject(all)
    expect(countedBetween(away, after)).toMatchObject(all)
  })

  it("is unknown while the bridge cannot be asked", () => {
    expect(countedBetween(reading({}), away)).toEqual({ kind: "unreachable", why: "it is stopped" })
  })
})
