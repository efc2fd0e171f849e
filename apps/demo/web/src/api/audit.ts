import { createClient } from "@causeway/client"
import { AuditService, type WatchResponse } from "@causeway/proto/api/v1/audit_pb"

import { transport } from "./transport.ts"

const client = createClient(AuditService, transport)

/**
 * Audit events after the cursor, or from the last hundred when it is empty, until the signal fires. Rejects with an
 * `RpcError` when the stream is cut. To go on after that, and to know how the stream is, see follow.ts.
 */
export function watchAudit(cursor: string, signal: AbortSignal): AsyncIterable<WatchResponse> {
  // No deadline: this call is meant to stay open.
  return client.watch({ cursor, backlogSize: 100 }, { signal, timeoutMs: 0 })
}

/** The place in the log that a message leaves its reader at. */
export function cursorAfter(message: WatchResponse): string {
  return message.event?.cursor ?? message.caughtUp?.cursor ?? ""
}
