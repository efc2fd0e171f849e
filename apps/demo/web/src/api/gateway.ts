import { createClient } from "@causeway/client"
import { GatewayService, type WatchGatewayResponse } from "@causeway/proto/api/v1/gateway_pb"

import { transport } from "./transport.ts"

const client = createClient(GatewayService, transport)

/** The bridge's state once a second until the signal fires. Rejects with an `RpcError` when the stream is cut. */
export function watchGateway(signal: AbortSignal): AsyncIterable<WatchGatewayResponse> {
  // No deadline: this call is meant to stay open.
  return client.watchGateway({}, { signal, timeoutMs: 0 })
}
