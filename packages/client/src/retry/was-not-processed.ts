import type { ConnectError } from "@connectrpc/connect"
import { RpcError } from "../rpc-error.ts"

/** Node's error codes for a connection that was never established. */
const connectFailures = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]

/**
 * Whether a failed request provably was not processed: the bridge says so, or no connection was established. Node
 * reports the latter, browsers do not.
 */
export function wasNotProcessed(error: ConnectError): boolean {
  return (error instanceof RpcError && error.retryable) || connectFailures.includes(String(innermostCode(error)))
}

/** The code of the innermost cause: `fetch` puts the real error into the cause of its "fetch failed". */
function innermostCode(error: ConnectError): unknown {
  const seen = new Set<unknown>()
  let at: unknown = error
  // Two errors may be the cause of each other.
  while (at instanceof Error && at.cause instanceof Error && !seen.has(at)) {
    seen.add(at)
    at = at.cause
  }
  return at instanceof Error && "code" in at ? at.code : undefined
}
