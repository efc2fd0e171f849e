import { Code } from "@causeway/protocol"

/** The codes of a failure. */
export interface Meaning {
  /** gRPC status code, for the page. */
  readonly code: number
  /** HTTP status of a refusal before the wire is known or the origin allowed. Null: the failure comes later, in a 200. */
  readonly http: number | null
}

const row = (code: number, http: number | null = null): Meaning => ({ code, http })

/** A stable word for why the bridge ended a call; it travels as `x-causeway-reason`. */
export type Reason =
  | "bad-request"
  | "head-too-large"
  | "origin-refused"
  | "method-not-allowed"
  | "unsupported-media-type"
  | "http2-required"
  | "bad-timeout"
  | "bad-base64"
  | "bad-frame"
  | "truncated-request"
  | "unexpected-compression"
  | "request-too-large"
  | "too-fragmented"
  | "client-gone"
  | "draining"
  | "shut-down"
  | "unknown-route"
  | "route-answer"
  | "missing-metadata"
  | "deadline-exceeded"
  | "slow-reader"
  | "slow-upload"
  | "slow-backend"
  | "client-busy"
  | "buffer-limit"
  | "internal"
  | "breaker-open"
  | "no-healthy-endpoint"
  | "retry-budget-exhausted"
  | "attempt-timeout"
  | "backend-unreachable"
  | "backend-busy"
  | "backend-lost"
  | "backend-refused"
  | "backend-reset"
  | "backend-not-grpc"
  | "backend-bad-frame"
  | "backend-bad-metadata"
  | "missing-status"
  | "bad-status"
  | "truncated-reply"
  | "reply-too-large"
  | "reply-head-too-large"

/** Every way in which the bridge itself ends a call, with its codes. Docs and metrics are made from this table. */
export const reasonTable: Readonly<Record<Reason, Meaning>> = {
  // Refused before the wire is known.
  "bad-request": row(Code.Internal, 400),
  "origin-refused": row(Code.PermissionDenied, 403),
  "method-not-allowed": row(Code.Unimplemented, 405),
  "unsupported-media-type": row(Code.Unknown, 415),
  "http2-required": row(Code.Unimplemented, 505),
  // The request is at fault.
  "head-too-large": row(Code.ResourceExhausted),
  "bad-timeout": row(Code.InvalidArgument),
  "bad-base64": row(Code.Internal),
  "bad-frame": row(Code.Internal),
  "truncated-request": row(Code.Internal),
  "unexpected-compression": row(Code.Internal),
  "request-too-large": row(Code.ResourceExhausted),
  "too-fragmented": row(Code.ResourceExhausted),
  "client-gone": row(Code.Canceled),
  // The bridge cannot serve the call.
  // `draining` and `shut-down` belong to one shutdown. A client may repeat every call that was refused, but not a call that the
  // backend may have begun.
  draining: row(Code.Unavailable),
  "shut-down": row(Code.Unavailable),
  "unknown-route": row(Code.Unimplemented),
  "route-answer": row(Code.Unavailable),
  "missing-metadata": row(Code.InvalidArgument),
  "deadline-exceeded": row(Code.DeadlineExceeded),
  "slow-reader": row(Code.ResourceExhausted),
  "slow-upload": row(Code.ResourceExhausted),
  "slow-backend": row(Code.Unavailable),
  "client-busy": row(Code.ResourceExhausted),
  // Not UNAVAILABLE: a client that repeats the call by itself would fill the memory again.
  "buffer-limit": row(Code.ResourceExhausted),
  internal: row(Code.Internal, 500),
  // The backend is at fault, or out of reach.
  "breaker-open": row(Code.Unavailable),
  "no-healthy-endpoint": row(Code.Unavailable),
  // The code is the backend's: the reason says only why the call was not repeated.
  "retry-budget-exhausted": row(Code.Unavailable),
  // Not DEADLINE_EXCEEDED: the call's own deadline has not passed.
  "attempt-timeout": row(Code.Unavailable),
  "backend-unreachable": row(Code.Unavailable),
  "backend-busy": row(Code.Unavailable),
  "backend-lost": row(Code.Unavailable),
  "backend-refused": row(Code.Unavailable),
  "backend-reset": row(Code.Internal),
  "backend-not-grpc": row(Code.Unknown),
  "backend-bad-frame": row(Code.Internal),
  "backend-bad-metadata": row(Code.Internal),
  "missing-status": row(Code.Unknown),
  "bad-status": row(Code.Unknown),
  "truncated-reply": row(Code.Internal),
  "reply-too-large": row(Code.ResourceExhausted),
  "reply-head-too-large": row(Code.ResourceExhausted),
}

/**
 * A failure that the bridge reports. The message is shown to the page: what was received, what was expected, the remedy; no
 * secret and no metadata value. `cause` goes to the log only.
 */
export class BridgeError extends Error {
  override readonly name = "BridgeError"
  readonly reason: Reason
  /**
   * gRPC status code: the reason's, unless the call site knows a better one (from an HTTP/2 reset, or a backend's HTTP status).
   */
  readonly code: number

  /** A connection ended that had taken other calls, and left this one over. */
  readonly isLeftOver: boolean

  constructor(reason: Reason, message: string, options: { cause?: unknown; code?: number; isLeftOver?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.reason = reason
    this.code = options.code ?? reasonTable[reason].code
    this.isLeftOver = options.isLeftOver ?? false
  }

  /** HTTP status, for a failure before the response head. */
  get http(): number {
    return reasonTable[this.reason].http ?? 500
  }
}

/** The error for a defect in the bridge. The page learns that the bridge was at fault; the log gets the cause. */
export function internalError(where: string, cause: unknown): BridgeError {
  if (cause instanceof BridgeError) return cause
  return new BridgeError("internal", `The bridge failed while it handled this call (${where}); its log says why`, {
    cause,
  })
}
