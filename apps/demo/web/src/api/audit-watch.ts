import type { MessageInitShape } from "@bufbuild/protobuf"
import {
  isRpcError,
  resumable,
  type ResumableOptions,
  type ResumableStream,
  type StreamingMethod,
} from "@causeway/client"
import type { WatchRequestSchema, WatchResponse } from "@causeway/proto/api/v1/audit_pb"
import { Code } from "@connectrpc/connect"

/** What to ask Watch for: a cursor to go on from, or how many past events to begin with. */
export type AuditRequest = MessageInitShape<typeof WatchRequestSchema>

/** The audit stream as it mends itself. */
export type AuditStream = ResumableStream<WatchResponse, AuditRequest>

/**
 * Audit events from where the request says, until the signal fires or the loop is left. It goes on by itself after a cut,
 * after its last message: no event is lost, and none comes twice. `onRestart` is told when the service no longer has what
 * follows, and the events begin anew.
 */
export type WatchAudit = (request: AuditRequest, signal: AbortSignal, onRestart: () => void) => AuditStream

/** Makes it of the generated method. */
export function resumingWatch(
  method: StreamingMethod<AuditRequest, WatchResponse>,
  options: Pick<ResumableOptions<AuditRequest, WatchResponse>, "lifecycle" | "clock">,
): WatchAudit {
  return (request, signal, onRestart) => {
    const watch = resumable(method, {
      ...options,
      isEndless: true,
      // Somebody watches: half of the default.
      maxBackoffMs: 15_000,
      resume: ({ event, caughtUp }, before) => ({
        ...before,
        cursor: (event ?? caughtUp)?.cursor ?? before.cursor ?? "",
      }),
      // After a pause of --stall-timeout (5 min), the bridge ends what is not read. Nothing is lost by that.
      shouldResume: (error, byDefault) => byDefault || (isRpcError(error) && error.reason === "slow-reader"),
      restart({ code }, before) {
        const isStale = code === Code.OutOfRange || code === Code.InvalidArgument
        if (!isStale || !before.cursor) return undefined
        onRestart()
        return { ...before, cursor: "" }
      },
    })
    // No deadline: this call is meant to stay open.
    return watch(request, { signal, timeoutMs: 0 })
  }
}
