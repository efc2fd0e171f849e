import type { DescMessage, Message, MessageShape, Registry } from "@bufbuild/protobuf"
import { create, fromBinary } from "@bufbuild/protobuf"
import type { Code, ConnectError } from "@connectrpc/connect"

/**
 * Where a call failed:
 * - `network`: no answer arrived, or it broke off; the request may or may not have been processed
 * - `http`: the answer was not gRPC-Web (from a proxy or a web server), or was an HTTP error
 * - `protocol`: a gRPC-Web answer violates the protocol
 * - `server`: the service answered with this status, or the bridge did so in its place
 * - `client`: decided in the client: canceled, deadline passed, limit exceeded, bad argument, an interceptor threw
 */
export type ErrorSource = "network" | "http" | "protocol" | "server" | "client"

/** The fields of an `RpcError` besides its message and code. */
export interface RpcErrorInit {
  readonly source: ErrorSource
  readonly reason?: string | null
  readonly httpStatus?: number
  readonly metadata?: HeadersInit
  readonly details?: ConnectError["details"]
  readonly cause?: unknown
}

/**
 * The ends of the bridge's reasons for failures before a backend has processed the call (docs/errors.md). `origin-refused` never comes
 * in gRPC's terms.
 */
const unprocessed = /(busy|unreachable|refused|open|endpoint|draining)$/

/**
 * The error of a failed call. It is a `ConnectError`: `ConnectError.from`, `instanceof ConnectError` and `findDetails`
 * work as in applications written for connect, and `metadata` holds the answer's headers and trailers.
 *
 * It is a `ConnectError` by its shape, not by inheritance; connect recognises errors of another copy of itself in this
 * way. Inheriting from connect's class would add 0.3 kB to every page.
 */
export class RpcError extends Error implements ConnectError {
  // The fields are only declared: the constructor assigns them all, and definitions would add code to every page.
  // `name` is what connect's `instanceof` checks.
  override readonly name = "ConnectError"
  declare readonly code: Code
  /** The message without the code before it. */
  declare readonly rawMessage: string
  /** The headers and trailers of the answer. */
  declare readonly metadata: Headers
  declare details: ConnectError["details"]
  declare cause: unknown
  /** Set as connect's own transports set it: a server that forwards the error then does not leak its metadata. */
  declare isWireError: boolean
  /** Where the call failed. */
  declare readonly source: ErrorSource
  /** The bridge's stable reason (`x-causeway-reason`), if the bridge itself failed the call. */
  declare readonly reason: string | undefined
  /**
   * Whether the call is safe to repeat, whatever its method does: the bridge says that no backend has processed it. If
   * false, the service may have done its work, and a repeat is safe only for a method that may run twice. An offline
   * browser is no proof: some browsers report offline beside a working VPN.
   */
  declare readonly retryable: boolean
  /** The HTTP status, if the answer was not gRPC-Web or had no grpc-status. */
  declare readonly httpStatus: number | undefined

  constructor(message: string, code: number, init: RpcErrorInit) {
    super(`[${codeNames[code] || code}]${message && ` ${message}`}`)
    this.code = code
    this.rawMessage = message
    this.metadata = new Headers(init.metadata)
    this.details = init.details ?? []
    this.cause = init.cause
    this.source = init.source
    this.reason = init.reason ?? undefined
    this.retryable = init.source === "server" && unprocessed.test(init.reason ?? "")
    this.httpStatus = init.httpStatus
    this.isWireError = init.source === "server"
  }

  /** Checks the shape, as connect does: an error of another copy of this package is recognised too. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isConnectError(value) && "source" in value && "httpStatus" in value
  }

  /** The details of one type, or of all types in a registry. Unreadable details are left out. */
  findDetails<T extends DescMessage>(schema: T): MessageShape<T>[]
  findDetails(registry: Registry): Message[]
  findDetails(wanted: DescMessage | Registry): Message[] {
    return this.details.flatMap((detail) => {
      const type = "desc" in detail ? detail.desc.typeName : detail.type
      const schema =
        wanted.kind === "registry" ? wanted.getMessage(type) : wanted.typeName === type ? wanted : undefined
      if (schema === undefined) return []
      try {
        return "desc" in detail ? create(detail.desc, detail.value) : fromBinary(schema, detail.value)
      } catch {
        return []
      }
    })
  }
}

/** Whether a value has the shape of a `ConnectError`: an error of a call, or one that an interceptor threw. */
export function isConnectError(value: unknown): value is ConnectError {
  return value instanceof Error && value.name === "ConnectError" && "rawMessage" in value && "metadata" in value
}

/** Whether a caught value is an `RpcError` and, if a code is given, has that code. */
export function isRpcError(error: unknown, code?: Code): error is RpcError {
  return error instanceof RpcError && (code === undefined || error.code === code)
}

/** The names that connect writes before a message, by code. OK is not an error and has no name here. */
const codeNames = [
  "",
  "canceled",
  "unknown",
  "invalid_argument",
  "deadline_exceeded",
  "not_found",
  "already_exists",
  "permission_denied",
  "resource_exhausted",
  "failed_precondition",
  "aborted",
  "out_of_range",
  "unimplemented",
  "internal",
  "unavailable",
  "data_loss",
  "unauthenticated",
]
