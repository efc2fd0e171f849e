import { create, type MessageInitShape } from "@bufbuild/protobuf"
import { timestampFromMs } from "@bufbuild/protobuf/wkt"
import { WatchGatewayResponseSchema } from "@causeway/proto/api/v1/gateway_pb"
import { describe, expect, it } from "vitest"

import { createGatewayFeed, type GatewayView, withState } from "./gateway-feed.ts"

const empty: GatewayView = { stream: { kind: "open" }, readings: [], unreachable: null }
const message = (init: MessageInitShape<typeof WatchGatewayResponseSchema>) => create(WatchGatewayResponseSchema, init)

/** A snapshot of this second, of the process that began then. */
function snapshot(second: number, startedAtMs = 1) {
  const value = { startTime: timestampFromMs(startedAtMs) }
  return message({ time: timestampFromMs(second * 1_000), state: { case: "snapshot", value } })
}

const away = message({ state: { case: "unreachable", value: { message: "it is stopped" } } })
const secondsOf = (view: GatewayView) => view.readings.map(({ timeMs }) => timeMs / 1_000)

describe("the view of the bridge", () => {
  it("keeps the last minute", () => {
    const view = Array.from({ length: 100 }, (_, second) => snapshot(second)).reduce(withState, empty)
    expect(secondsOf(view)).toHaveLength(61)
    expect(secondsOf(view).at(-1)).toBe(99)
  })

  it("keeps the numbers while there are no new ones, and says why there are none", () => {
    const view = [snapshot(1), away].reduce(withState, empty)
    expect(view).toMatchObject({ unreachable: "it is stopped", readings: [{ timeMs: 1_000 }] })
    expect(withState(view, snapshot(2))).toMatchObject({ unreachable: null, readings: [{}, {}] })
  })

  it("begins anew with a new process", () => {
    expect(secondsOf([snapshot(1), snapshot(2), away, snapshot(9, 8_000)].reduce(withState, empty))).toEqual([9])
  })
})

it("shows what comes over the stream, and how the stream is", async () => {
  const feed = createGatewayFeed(async function* (signal) {
    yield snapshot(1)
    await new Promise((resolve) => signal.addEventListener("abort", resolve))
  })
  feed.start()
  await expect.poll(() => feed.store.get()).toMatchObject({ stream: { kind: "open" }, readings: [{ timeMs: 1_000 }] })
  feed.stop()
  expect(feed.store.get().stream).toEqual({ kind: "closed", error: null })
})
