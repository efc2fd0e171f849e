import { create, type MessageInitShape } from "@bufbuild/protobuf"
import { timestampFromMs } from "@bufbuild/protobuf/wkt"
import { type CallOptions, resumable, RpcError } from "@causeway/client"
import { type WatchBridgeResponse, WatchBridgeResponseSchema } from "@causeway/proto/api/v1/bridge_pb"
import { Code } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"

import { createBridgeFeed, type BridgeView, withState } from "./bridge-feed.ts"

const empty: BridgeView = { stream: { kind: "open" }, readings: [], unreachable: null }
const message = (init: MessageInitShape<typeof WatchBridgeResponseSchema>) => create(WatchBridgeResponseSchema, init)

/** A snapshot of this second, of the process that began then. */
function snapshot(second: number, startedAtMs = 1) {
  const value = { startTime: timestampFromMs(startedAtMs) }
  return message({ time: timestampFromMs(second * 1_000), state: { case: "snapshot", value } })
}

const away = message({ state: { case: "unreachable", value: { message: "it is stopped" } } })
const secondsOf = (view: BridgeView) => view.readings.map(({ timeMs }) => timeMs / 1_000)

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

const broke = new RpcError("the connection broke", Code.Unavailable, { source: "network" })
const forbidden = new RpcError("not you", Code.PermissionDenied, { source: "server" })

/** A feed whose calls answer one after the other with these messages; an error ends its call, without one it stays open. */
function setUp(...answers: readonly (WatchBridgeResponse | RpcError)[][]) {
  const signals: AbortSignal[] = []
  async function* answer(_request: unknown, { signal = new AbortController().signal }: CallOptions = {}) {
    signals.push(signal)
    for (const step of answers[signals.length - 1] ?? []) {
      if (step instanceof RpcError) throw step
      yield step
    }
    await new Promise((resolve) => signal.addEventListener("abort", resolve))
  }
  // Waits that take no time.
  const clock = { nowMs: () => 0, wait: async () => {} }
  const watch = resumable(answer, { isEndless: true, resume: (_message, request) => request, clock })
  return { feed: createBridgeFeed((signal) => watch({}, { signal })), signals }
}

describe("the feed of the bridge", () => {
  it("shows what comes over the stream and how the stream is, and ends its call when it is stopped", async () => {
    const { feed, signals } = setUp([snapshot(1)])
    feed.start()
    await expect.poll(feed.store.get).toMatchObject({ stream: { kind: "open" }, readings: [{ timeMs: 1_000 }] })
    feed.stop()
    expect(feed.store.get().stream).toEqual({ kind: "closed", error: null })
    await expect.poll(() => signals[0].aborted).toBe(true)
    expect(feed.store.get().stream).toEqual({ kind: "closed", error: null })
  })

  it("goes on after a cut, with the numbers that it had", async () => {
    const { feed } = setUp([snapshot(1), broke], [snapshot(2)])
    feed.start()
    await expect.poll(() => secondsOf(feed.store.get())).toEqual([1, 2])
    feed.stop()
  })

  it("says why it has given up, and can be started again", async () => {
    const { feed } = setUp([forbidden], [snapshot(1)])
    feed.start()
    await expect.poll(() => feed.store.get().stream).toEqual({ kind: "closed", error: forbidden })
    feed.start()
    await expect.poll(() => secondsOf(feed.store.get())).toEqual([1])
    feed.stop()
  })
})
