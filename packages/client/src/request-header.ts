import { Code } from "@connectrpc/connect"
import { formatTimeout } from "@causeway/protocol"
import { RpcError } from "./rpc-error.ts"

/** Sent as x-user-agent, because a page may not set user-agent. A test holds it to the version of the package. */
const userAgent = "causeway-client/0.1.0"

/**
 * The headers of a request: the caller's, and over them what gRPC-Web needs (PROTOCOL-WEB.md). `-bin` values are base64
 * already. Throws INVALID_ARGUMENT for a header that HTTP cannot carry.
 */
export function requestHeader(own: HeadersInit | undefined, remainingMs: number): Headers {
  const header = callerHeader(own)
  header.set("content-type", "application/grpc-web+proto")
  header.set("x-grpc-web", "1")
  if (!header.has("x-user-agent")) header.set("x-user-agent", userAgent)
  setTimeoutHeader(header, remainingMs)
  return header
}

function callerHeader(own: HeadersInit | undefined): Headers {
  try {
    return new Headers(own)
  } catch (cause) {
    const why =
      `the request header ${JSON.stringify(badHeaderName(own))} cannot be sent: a name is an HTTP token, and a value ` +
      "is Latin-1 on one line. Send others under a name that ends in -bin (encodeBinaryHeader)"
    throw new RpcError(why, Code.InvalidArgument, { source: "client", cause })
  }
}

/** Which header it is, not every browser says; and those that show its value may show a secret. */
function badHeaderName(own: HeadersInit | undefined): string | undefined {
  const entries = own !== undefined && Symbol.iterator in own ? [...own] : Object.entries(own ?? {})
  return entries.find((entry) => !isHeader(entry))?.[0]
}

function isHeader(entry: [string, string]): boolean {
  try {
    new Headers([entry])
    return true
  } catch {
    return false
  }
}

/** Tells the server what is left of the deadline. Set again at each attempt: an interceptor may have waited, or retry. */
export function setTimeoutHeader(header: Headers, remainingMs: number): void {
  if (remainingMs !== Infinity) header.set("grpc-timeout", formatTimeout(remainingMs))
}
