import { formatTimeout, parseTimeout } from "@causeway/protocol"

/**
 * Subtracts the time of earlier attempts from the deadline in a request's headers. `createTransport` sets the header
 * for each attempt anyway; connect's transports set it once, and would promise the server too much time.
 */
export function shortenTimeout(header: Headers, elapsedMs: number): void {
  const grpcMs = parseTimeout(header.get("grpc-timeout") ?? "")
  if (grpcMs !== null) header.set("grpc-timeout", formatTimeout(grpcMs - elapsedMs))
  const connectMs = header.get("connect-timeout-ms")
  if (connectMs !== null)
    header.set("connect-timeout-ms", String(Math.max(0, Math.floor(Number(connectMs) - elapsedMs))))
}
