import type { DescMessage, Message, MessageShape, Registry } from "@bufbuild/protobuf"
import { create, fromBinary } from "@bufbuild/protobuf"
import type { Code, ConnectError } from "@connectrpc/connect"

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
const unprocessed = /^(backend-(unreachable|busy|refused)|draining)$/

/**
 * What a call fails with. It is a `ConnectError`: `ConnectError.from`, `instanceof ConnectError` and `findDetails` work as
 * an application written for connect expects, and `metadata` holds the answer's headers and trailers.
 *
 * It is one by its shape, as connect recognises errors of another copy of itself, and not by descent: connect's class would
 * be another 0.3 kB in every page.
 */
export class RpcError extends Error implements ConnectError {
  // The fields are declared only: a definition of each would be in every page, and the constructor assigns them all.
  // What connect's `instanceof` asks for.
  override readonly name = "ConnectError"
  declare readonly code: Code
  /** The message without the code before it. */
  declare readonly rawMessage: string
  /** The headers and trailers of the answer. */
  declare readonly metadata: Headers
  declare details: ConnectError["details"]
  declare cause: unknown
  /** What connect's own transports set: a server that hands the error on does not leak its metadata. */
  declare isWireError: boolean
  /** Where the call failed. */
  declare readonly source: ErrorSource
  /** The bridge's stable word for the failure (`x-causeway-reason`), where the bridge itself failed the call. */
  declare readonly reason: string | undefined
  /**
   * Whether the same call may be made again whatever its method does: the bridge says that no backend took it up. Where it
   * is false the service may have done its work, and a repeat is safe only for a method that may run twice. A browser that
   * says it is offline proves nothing: some say so beside a working VPN.
   */
  declare readonly retryable: boolean
  /** The HTTP status, where the answer was not gRPC-Web or had no grpc-status. */
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

  /** As connect does it, by shape: an error of another copy of this package is recognised too. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isConnectError(value) && "source" in value && "httpStatus" in value
  }

  /** The details of one type, or of those that a registry knows. Those that cannot be read are left out. */
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

/** Whether a value is an error of connect's kind: one of a call, or one that an interceptor threw. */
export function isConnectError(value: unknown): value is ConnectError {
  return value instanceof Error && value.name === "ConnectError" && "rawMessage" in value && "metadata" in value
}

/** Whether a caught value is an error of a call, and, if a code is given, one with that code. */
export function isRpcError(error: unknown, code?: Code): error is RpcError {
  return error instanceof RpcError && (code === undefined || error.code === code)
}

/** The codes as connect writes them before a message, by number. OK is no error, and has no name here. */
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
