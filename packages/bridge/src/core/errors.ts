import { Code } from "@causeway/protocol"

/** What a failure means to the three who must act on it: the page (code), an HTTP tool (http), the connection (closes). */
export interface Meaning {
  /** gRPC status code. */
  readonly code: number
  /** HTTP status while no wire is recognised or the origin is not allowed; after that every answer is 200. */
  readonly http: number
  /** The connection is not used again: what follows on it cannot be trusted or is not wanted. */
  readonly closes: boolean
}

const row = (code: number, http: number, closes = false): Meaning => ({ code, http, closes })

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
  | "client-gone"
  | "draining"
  | "overloaded"
  | "unknown-route"
  | "deadline-exceeded"
  | "slow-reader"
  | "slow-backend"
  | "internal"
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

/** Every way in which the bridge itself ends a call, and what it means. The docs and the metrics are made from it. */
export const reasonTable: Readonly<Record<Reason, Meaning>> = {
  // Refused at the door, before a wire is known.
  "bad-request": row(Code.Internal, 400, true),
  "head-too-large": row(Code.ResourceExhausted, 431),
  "origin-refused": row(Code.PermissionDenied, 403),
  "method-not-allowed": row(Code.Unimplemented, 405),
  "unsupported-media-type": row(Code.Unknown, 415),
  "http2-required": row(Code.Unimplemented, 505),
  // The request is at fault.
  "bad-timeout": row(Code.InvalidArgument, 400),
  "bad-base64": row(Code.Internal, 400),
  "bad-frame": row(Code.Internal, 400),
  "truncated-request": row(Code.Internal, 400),
  "unexpected-compression": row(Code.Internal, 400),
  "request-too-large": row(Code.ResourceExhausted, 413),
  "client-gone": row(Code.Canceled, 499),
  // The bridge cannot take it.
  draining: row(Code.Unavailable, 503, true),
  overloaded: row(Code.Unavailable, 503),
  "unknown-route": row(Code.Unimplemented, 404),
  "deadline-exceeded": row(Code.DeadlineExceeded, 504),
  "slow-reader": row(Code.ResourceExhausted, 408, true),
  "slow-backend": row(Code.Unavailable, 504),
  internal: row(Code.Internal, 500),
  // The backend is at fault, or out of reach.
  "backend-unreachable": row(Code.Unavailable, 503),
  "backend-busy": row(Code.Unavailable, 503),
  "backend-lost": row(Code.Unavailable, 502),
  "backend-refused": row(Code.Unavailable, 503),
  "backend-reset": row(Code.Internal, 502),
  "backend-not-grpc": row(Code.Unknown, 502),
  "backend-bad-frame": row(Code.Internal, 502),
  "backend-bad-metadata": row(Code.Internal, 502),
  "missing-status": row(Code.Unknown, 502),
  "bad-status": row(Code.Unknown, 502),
  "truncated-reply": row(Code.Internal, 502),
  "reply-too-large": row(Code.ResourceExhausted, 502),
}

/**
 * A failure that the bridge reports. The message is shown to the page: what was received, what was expected, the remedy; no
 * secret and no metadata value. `cause` goes to the log alone.
 */
export class GatewayError extends Error {
  override readonly name = "GatewayError"
  readonly reason: Reason
  /** gRPC status code: the reason's, unless the call site knows better (an HTTP/2 reset, a backend's HTTP status). */
  readonly code: number

  constructor(reason: Reason, message: string, options: { cause?: unknown; code?: number } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.reason = reason
    this.code = options.code ?? reasonTable[reason].code
  }

  get http(): number {
    return reasonTable[this.reason].http
  }

  get closes(): boolean {
    return reasonTable[this.reason].closes
  }
}

/** What a throw in our own code becomes: the page learns that it was us, the log learns what it was. */
export function internalError(where: string, cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause
  return new GatewayError("internal", `The bridge failed while it handled this call (${where}); its log says why`, { cause })
}
