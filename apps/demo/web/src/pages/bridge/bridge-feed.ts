import { timestampMs } from "@bufbuild/protobuf/wkt"
import type { StreamState } from "@causeway/client"
import type { WatchBridgeResponse } from "@causeway/proto/api/v1/bridge_pb"

import type { WatchBridge } from "../../api/bridge.ts"
import { createStore, type Store } from "../../api/store.ts"
import { isSameProcess, type Reading } from "./rates.ts"

/** The page's view of the bridge. */
export interface BridgeView {
  readonly stream: StreamState
  /** The readings of the current process, oldest first, at most the last minute. */
  readonly readings: readonly Reading[]
  /** The reason why the last state had no numbers; null if it had. */
  readonly unreachable: string | null
}

/** The stream of the bridge's state, which reconnects by itself. */
export interface BridgeFeed {
  readonly store: Store<BridgeView>
  readonly start: () => void
  readonly stop: () => void
  readonly retryNow: () => void
}

/** As many as there are seconds in a minute. */
const maxReadings = 61

/** Makes the feed, stopped. */
export function createBridgeFeed(watch: WatchBridge): BridgeFeed {
  return new StreamFeed(watch)
}

class StreamFeed implements BridgeFeed {
  readonly store = createStore<BridgeView>({
    stream: { kind: "connecting", attempt: 1, error: null },
    readings: [],
    unreachable: null,
  })
  readonly #watch: WatchBridge
  #running: { readonly stream: ReturnType<WatchBridge>; readonly abort: AbortController } | null = null

  constructor(watch: WatchBridge) {
    this.#watch = watch
  }

  readonly start = (): void => {
    if (this.#running !== null) return
    const abort = new AbortController()
    const stream = this.#watch(abort.signal)
    this.#running = { stream, abort }
    void this.#read(stream, abort.signal)
  }

  readonly stop = (): void => {
    this.#running?.abort.abort()
    this.#running = null
    this.#show({ kind: "closed", error: null })
  }

  readonly retryNow = (): void => {
    this.#running?.stream.reconnectNow()
  }

  async #read(stream: ReturnType<WatchBridge>, signal: AbortSignal): Promise<void> {
    this.#show(stream.state)
    const unsubscribe = stream.subscribe((state) => {
      if (!signal.aborted) this.#show(state)
    })
    try {
      for await (const message of stream) {
        if (signal.aborted) break
        this.store.set(withState(this.store.get(), message))
      }
    } catch {
      // The state says why: the stream is closed with its error.
      if (this.#running?.stream === stream) this.#running = null
    } finally {
      unsubscribe()
    }
  }

  #show(stream: StreamState): void {
    this.store.set({ ...this.store.get(), stream })
  }
}

/** The view after one more state of the bridge. */
export function withState(view: BridgeView, { time, state }: WatchBridgeResponse): BridgeView {
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
