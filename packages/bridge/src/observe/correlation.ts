import type { Metadata } from "@causeway/protocol"

/** The ids under which a call appears in other programs' logs and traces. */
export interface Correlation {
  /** `x-request-id`, as the client or a proxy set it. */
  readonly requestId: string | undefined
  /** The trace id from W3C's `traceparent`: 32 hexadecimal digits. */
  readonly traceId: string | undefined
}

/** Long enough for every common kind of id. A stranger must not fill the log with one field. */
const safeRequestId = /^[\x21-\x7e]{1,128}$/

/** W3C Trace Context §3.2.2: version, trace id, parent id, flags. Versions after 00 may append more after a dash. */
const traceparent = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/
const noTrace = "0".repeat(32)
const noParent = "0".repeat(16)

/** Reads the request's ids. A malformed or too long id is treated as absent. */
export function correlationOf(metadata: Metadata | null): Correlation {
  if (metadata === null) return { requestId: undefined, traceId: undefined }
  const requestId = metadata.get("x-request-id")
  const isSafe = requestId !== null && safeRequestId.test(requestId)
  return { requestId: isSafe ? requestId : undefined, traceId: traceIdOf(metadata.get("traceparent")) }
}

function traceIdOf(field: string | null): string | undefined {
  if (field === null) return undefined
  const [, version, traceId, parentId, more] = traceparent.exec(field) ?? []
  const isInvalid = version === undefined || version === "ff" || (version === "00" && more !== undefined)
  return isInvalid || traceId === noTrace || parentId === noParent ? undefined : traceId
}
