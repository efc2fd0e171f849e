import { Code } from "@causeway/protocol"
import type { BodyFormat } from "./body-format.ts"
import { RpcError } from "./rpc-error.ts"

/** Sent as x-user-agent, because a page may not set user-agent. A test compares the version with the package's. */
const userAgent = "causeway-client/0.1.0"

/**
 * The headers of a request: the caller's headers, and the headers that gRPC-Web needs (PROTOCOL-WEB.md), which win.
 * `-bin` values must be base64 already. Throws INVALID_ARGUMENT for a header that HTTP cannot carry.
 */
export function requestHeader(
  own: HeadersInit | undefined,
  format: BodyFormat | undefined,
  remainingMs: number,
): Headers {
  const header = callerHeader(own)
  header.set("content-type", format?.contentType ?? "application/grpc-web+proto")
  // Some servers answer in the encoding of the request, others in the encoding that Accept names.
  if (format) header.set("accept", format.contentType)
  header.set("x-grpc-web", "1")
  if (!header.has("x-user-agent")) header.set("x-user-agent", userAgent)
  setTimeoutHeader(header, remainingMs)
  return header
}

function callerHeader(own: HeadersInit = {}): Headers {
  const header = new Headers()
  for (const [name, value] of Symbol.iterator in own ? own : Object.entries(own)) {
    try {
      header.append(name, value)
    } catch (cause) {
      // The message names the header, which not every browser's error does. It omits the value, which may be a secret.
      const what = `the request header ${JSON.stringify(name)}`
      const why = `${what} cannot be sent: no HTTP token, or a value not in Latin-1 (encodeBinaryHeader and a -bin name send any)`
      throw new RpcError(why, Code.InvalidArgument, { source: "client", cause })
    }
  }
  return header
}

/**
 * Tells the server the remaining time. Set again for each attempt, because an interceptor or `retry` may have waited.
 */
export function setTimeoutHeader(header: Headers, remainingMs: number): void {
  if (remainingMs !== Infinity) header.set("grpc-timeout", timeoutValue(remainingMs))
}

/**
 * Writes a timeout in at most eight digits (PROTOCOL-HTTP2.md). It is rounded down, so that the next hop does not wait
 * longer than this one.
 */
function timeoutValue(ms: number): string {
  if (ms < 1e5) return `${Math.floor(ms * 1e3)}u`
  return ms < 1e8 ? `${Math.floor(ms)}m` : `${Math.min(Math.floor(ms / 1e3), 99_999_999)}S`
}
