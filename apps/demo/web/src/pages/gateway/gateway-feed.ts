import { timestampMs } from "@bufbuild/protobuf/wkt"
import type { WatchGatewayResponse } from "@causeway/proto/api/v1/gateway_pb"

import { follow, type StreamState } from "../../api/follow.ts"
import { createStore, type Store } from "../../api/store.ts"
import { isSameProcess, type Reading } from "./rates.ts"

/** What the page knows of the bridge. */
export interface GatewayView {
  readonly stream: StreamState
  /** Of the process that runs now, the oldest first: at most the last minute. */
  readonly readings: readonly Reading[]
  /** Why the last state had no numbers; null: it had. */
  readonly unreachable: string | null
}

/** The bridge's state as it comes; it mends itself. */
export interface GatewayFeed {
  readonly store: Store<GatewayView>
  readonly start: () => void
  readonly stop: () => void
  readonly retryNow: () => void
}

/** As many as there are seconds in a minute. */
const maxReadings = 61

/** Makes the feed, stopped. `open` makes the call. */
export function createGatewayFeed(open: (signal: AbortSignal) => AsyncIterable<WatchGatewayResponse>): GatewayFeed {
  const store = createStore<GatewayView>({
    stream: { kind: "connecting", error: null },
    readings: [],
    unreachable: null,
  })
  const { start, stop, retryNow } = follow({
    open: (_cursor, signal) => open(signal),
    cursorAfter: () => "",
    onMessage: (message) => store.set(withState(store.get(), message)),
    onState: (stream) => store.set({ ...store.get(), stream }),
    onRestart: () => {},
  })
  return { store, start, stop, retryNow }
}

/** The view after one more state of the bridge. */
export function withState(view: GatewayView, { time, state }: WatchGatewayResponse): GatewayView {
  switch (state.case) {
    case "snapshot": {
      const reading = { timeMs: time === undefined ? 0 : timestampMs(time), snapshot: state.value }
      const before = view.readings.filter(({ snapshot }) => isSameProcess(snapshot, reading.snapshot))
      return { ...view, unreachable: null, readings: [...before, reading].slice(-maxReadings) }
    }
    case "unreachable":
      return { ...view, unreachable: state.value.message }
    case undefined:
      return view
  }
}
