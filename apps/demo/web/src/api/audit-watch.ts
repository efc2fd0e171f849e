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

/** The start of a Watch: a cursor to continue from, or the number of past events to begin with. */
export type AuditRequest = MessageInitShape<typeof WatchRequestSchema>

/** The resumable audit stream. */
export type AuditStream = ResumableStream<WatchResponse, AuditRequest>

/**
 * Streams audit events from the requested position, until the signal aborts or the loop is left. After a cut it resumes
 * after its last message: no event is lost or delivered twice. `onRestart` is called when the service no longer has the
 * next events, and the stream starts again.
 */
export type WatchAudit = (request: AuditRequest, signal: AbortSignal, onRestart: () => void) => AuditStream

/** Makes it from the generated method. */
export function resumingWatch(
  method: StreamingMethod<AuditRequest, WatchResponse>,
  options: Pick<ResumableOptions<AuditRequest, WatchResponse>, "lifecycle" | "clock">,
): WatchAudit {
  return (request, signal, onRestart) => {
    const watch = resumable(method, {
      ...options,
      isEndless: true,
      // Half of the default, because a person is watching.
      maxBackoffMs: 15_000,
      resume: ({ event, caughtUp }, before) => ({
        ...before,
        cursor: (event ?? caughtUp)?.cursor ?? before.cursor ?? "",
      }),
      // The bridge ends a stream that is not read for --stall-timeout (5 min). Nothing is lost by that.
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
