import { createClient, resumable, type ResumableStream } from "@causeway/client"
import { BridgeService, type WatchBridgeResponse } from "@causeway/proto/api/v1/bridge_pb"

import { pageLife } from "./page-life.ts"
import { transport } from "./transport.ts"

/** Streams the bridge's state once a second until the signal aborts. It reconnects after a cut. */
export type WatchBridge = (signal: AbortSignal) => ResumableStream<WatchBridgeResponse, unknown>

const watch = resumable(createClient(BridgeService, transport).watchBridge, {
  lifecycle: pageLife,
  isEndless: true,
  // Half of the default, because a person is watching.
  maxBackoffMs: 15_000,
  // Each message is a complete state, so there is no position to resume from.
  resume: (_message, request) => request,
})

/** Over this page's transport. No deadline: this call is meant to stay open. */
export const watchBridge: WatchBridge = (signal) => watch({}, { signal, timeoutMs: 0 })
