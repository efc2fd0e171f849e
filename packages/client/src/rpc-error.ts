import { ConnectError } from "@connectrpc/connect"
import type { Code } from "@connectrpc/connect"

/**
 * Where a call failed:
 * - `network`: no answer came, or it broke off; the request may or may not have been processed
 * - `http`: something answered that does not speak gRPC-Web (a proxy, a web server), or with an HTTP error
 * - `protocol`: a gRPC-Web answer came that breaks its own rules
 * - `server`: the service, or the bridge for it, answered with this status
 * - `client`: decided here: canceled, deadline passed, limit exceeded, bad argument, an interceptor threw
 */
export type ErrorSource = "network" | "http" | "protocol" | "server" | "client"

/** What an `RpcError` carries besides its message and code. */
export interface RpcErrorInit {
  readonly source: ErrorSource
  readonly reason?: string | null
  readonly httpStatus?: number
  readonly metadata?: HeadersInit
  readonly details?: ConnectError["details"]
  readonly cause?: unknown
}

/** The bridge's words for a failure before the backend took up the call (docs/errors.md). */
const unprocessed = ["backend-unreachable", "backend-busy", "backend-refused"]

/**
 * What a call fails with. It is a `ConnectError`: `ConnectError.from`, `instanceof ConnectError` and `findDetails` work as
 * an application written for connect expects, and `metadata` holds the answer's headers and trailers.
 */
export class RpcError extends ConnectError {
  /** Where the call failed. */
  readonly source: ErrorSource
  /** The bridge's stable word for the failure (`x-causeway-reason`), where the bridge itself failed the call. */
  readonly reason: string | undefined
  /**
   * Whether the same call may be made again whatever its method does: the bridge says that no backend took it up. Where it
   * is false the service may have done its work, and a repeat is safe only for a method that may run twice. A browser that
   * says it is offline proves nothing: some say so beside a working VPN.
   */
  readonly retryable: boolean
  /** The HTTP status, where the answer was not gRPC-Web or had no grpc-status. */
  readonly httpStatus: number | undefined

  // `name` stays "ConnectError": connect's `instanceof` recognises subclasses, and copies of itself, by it.
  constructor(message: string, code: Code, init: RpcErrorInit) {
    super(message, code, init.metadata, undefined, init.cause)
    this.source = init.source
    this.reason = init.reason ?? undefined
    this.retryable = init.source === "server" && unprocessed.includes(init.reason ?? "")
    this.httpStatus = init.httpStatus
    this.details = init.details ?? []
    // What connect's own transports set: a server that hands the error on does not leak its metadata.
    this.isWireError = init.source === "server"
  }

  /** As connect does it, by shape: an error of another copy of this package is recognised too. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof ConnectError && "source" in value && "httpStatus" in value
  }
}

/** Whether a caught value is an error of a call, and, if a code is given, one with that code. */
export function isRpcError(error: unknown, code?: Code): error is RpcError {
  return error instanceof RpcError && (code === undefined || error.code === code)
}
