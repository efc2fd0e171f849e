import type { ConnectError } from "@connectrpc/connect"
import { Code } from "@causeway/protocol"
import { messageOf } from "./abort-error.ts"
import { isConnectError, RpcError } from "./rpc-error.ts"

/**
 * The error of a call in which `thrown` was thrown. A value that is neither our error nor connect's comes from an
 * interceptor or a callback: it becomes the cause of an UNKNOWN error, as in connect.
 */
export function callError(thrown: unknown): ConnectError {
  if (isConnectError(thrown)) return thrown
  return new RpcError(messageOf(thrown), Code.Unknown, { source: "client", cause: thrown })
}
