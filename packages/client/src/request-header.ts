import { formatTimeout } from "@causeway/protocol"

/** Sent as x-user-agent, because a page may not set user-agent. A test holds it to the version of the package. */
const userAgent = "causeway-client/0.1.0"

/** The headers of a request: the caller's, and over them what gRPC-Web needs (PROTOCOL-WEB.md). `-bin` values are base64 already. */
export function requestHeader(own: HeadersInit | undefined, remainingMs: number): Headers {
  const header = new Headers(own)
  header.set("content-type", "application/grpc-web+proto")
  header.set("x-grpc-web", "1")
  if (!header.has("x-user-agent")) header.set("x-user-agent", userAgent)
  setTimeoutHeader(header, remainingMs)
  return header
}

/** Tells the server what is left of the deadline. Set again at each attempt: an interceptor may have waited, or retry. */
export function setTimeoutHeader(header: Headers, remainingMs: number): void {
  if (remainingMs !== Infinity) header.set("grpc-timeout", formatTimeout(remainingMs))
}
