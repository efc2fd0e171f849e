import type { ConnectError } from "@connectrpc/connect"
import { RpcError } from "../rpc-error.ts"

/** Node's words for a connection that was never there. */
const connectFailures = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]

/**
 * Whether a failed request provably was not processed: the bridge says so, or the connection was never made, which Node
 * tells and a browser does not.
 */
export function wasNotProcessed(error: ConnectError): boolean {
  return (error instanceof RpcError && error.retryable) || connectFailures.includes(String(innermostCode(error)))
}

/** `fetch` hides what happened in the cause of its "fetch failed". */
function innermostCode(error: ConnectError): unknown {
  const seen = new Set<unknown>()
  let at: unknown = error
  // Nothing keeps two errors from being the cause of each other.
  while (at instanceof Error && at.cause instanceof Error && !seen.has(at)) {
    seen.add(at)
    at = at.cause
  }
  return at instanceof Error && "code" in at ? at.code : undefined
}
