import type { ConnectError } from "@connectrpc/connect"
import { Code } from "@causeway/protocol"
import { isConnectError, RpcError } from "./rpc-error.ts"

/** The error of what an aborted signal stopped: an error of a call as it is, a timeout as such, all else as canceled. */
export function abortError(signal: AbortSignal): ConnectError {
  const reason: unknown = signal.reason
  if (isConnectError(reason)) return reason
  return new RpcError(messageOf(reason), abortCode(reason) ?? Code.Canceled, { source: "client", cause: reason })
}

/** The code for what `AbortSignal.timeout()` and `AbortController.abort()` give as reason; undefined for other values. */
export function abortCode(reason: unknown): number | undefined {
  const name = nameOf(reason)
  if (name === "TimeoutError") return Code.DeadlineExceeded
  return name === "AbortError" ? Code.Canceled : undefined
}

/** The name of an error. One from another realm, or a DOMException in some environments, is no instance of Error. */
export function nameOf(thrown: unknown): unknown {
  return (thrown as Partial<Error> | null | undefined)?.name
}

/** The words of a thrown value. */
export function messageOf(thrown: unknown): string {
  return String((thrown as Partial<Error> | null | undefined)?.message ?? thrown)
}
