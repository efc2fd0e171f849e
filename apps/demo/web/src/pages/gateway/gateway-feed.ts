import { timestampMs } from "@bufbuild/protobuf/wkt"
import type { StreamState } from "@causeway/client"
import type { WatchGatewayResponse } from "@causeway/proto/api/v1/gateway_pb"

import type { WatchGateway } from "../../api/gateway.ts"
import { createStore, type Store } from "../../api/store.ts"
import { isSameProcess, type Reading } from "./rates.ts"

/** The page's view of the bridge. */
export interface GatewayView {
  readonly stream: StreamState
  /** The readings of the current process, oldest first, at most the last minute. */
  readonly readings: readonly Reading[]
  /** The reason why the last state had no numbers; null if it had. */
  readonly unreachable: string | null
}

/** The stream of the bridge's state, which reconnects by itself. */
export interface GatewayFeed {
  readonly store: Store<GatewayView>
  readonly start: () => void
  readonly stop: () => void
  readonly retryNow: () => void
}

/** As many as there are seconds in a minute. */
const maxReadings = 61

/** Makes the feed, stopped. */
export function createGatewayFeed(watch: WatchGateway): GatewayFeed {
  return new StreamFeed(watch)
}

class StreamFeed implements GatewayFeed {
  readonly store = createStore<GatewayView>({
    stream: { kind: "connecting", attempt: 1, error: null },
    readings: [],
    unreachable: null,
  })
  readonly #watch: WatchGateway
  #running: { readonly stream: ReturnType<WatchGateway>; readonly abort: AbortController } | null = null

  constructor(watch: WatchGateway) {
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

  async #read(stream: ReturnType<WatchGateway>, signal: AbortSignal): Promise<void> {
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
