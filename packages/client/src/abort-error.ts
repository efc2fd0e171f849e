import type { ConnectError } from "@connectrpc/connect"
import { Code } from "@causeway/protocol"
import { isConnectError, RpcError } from "./rpc-error.ts"

/**
 * The error of a call that an aborted signal stopped. A call error as the reason is returned unchanged; a timeout
 * becomes DEADLINE_EXCEEDED, and any other reason CANCELED.
 */
export function abortError(signal: AbortSignal): ConnectError {
  const reason: unknown = signal.reason
  if (isConnectError(reason)) return reason
  return new RpcError(messageOf(reason), abortCode(reason) ?? Code.Canceled, { source: "client", cause: reason })
}

/** The code for the reasons of `AbortSignal.timeout()` and `AbortController.abort()`; undefined for other values. */
export function abortCode(reason: unknown): number | undefined {
  const name = nameOf(reason)
  if (name === "TimeoutError") return Code.DeadlineExceeded
  return name === "AbortError" ? Code.Canceled : undefined
}

/**
 * The name of an error. Works by shape: an error from another realm, or a DOMException in some environments, is not an
 * instance of Error.
 */
export function nameOf(thrown: unknown): unknown {
  return (thrown as Partial<Error> | null | undefined)?.name
}

/** The message of a thrown value. */
export function messageOf(thrown: unknown): string {
  return String((thrown as Partial<Error> | null | undefined)?.message ?? thrown)
}
