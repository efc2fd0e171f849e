import { Code, ConnectError } from "@connectrpc/connect"
import { messageOf } from "./abort-error.ts"
import { RpcError } from "./rpc-error.ts"

/**
 * What a call fails with when `thrown` was thrown on its way. What is not ours and not connect's comes from an interceptor
 * or a callback: it is the cause of an UNKNOWN, the code that connect gives too.
 */
export function callError(thrown: unknown): ConnectError {
  if (thrown instanceof ConnectError) return thrown
  return new RpcError(messageOf(thrown), Code.Unknown, { source: "client", cause: thrown })
}
