import type { ConnectError } from "@connectrpc/connect"
import { Code } from "@causeway/protocol"
import { messageOf } from "./abort-error.ts"
import { isConnectError, RpcError } from "./rpc-error.ts"

/**
 * What a call fails with when `thrown` was thrown on its way. What is not ours and not connect's comes from an interceptor
 * or a callback: it is the cause of an UNKNOWN, the code that connect gives too.
 */
export function callError(thrown: unknown): ConnectError {
  if (isConnectError(thrown)) return thrown
  return new RpcError(messageOf(thrown), Code.Unknown, { source: "client", cause: thrown })
}
