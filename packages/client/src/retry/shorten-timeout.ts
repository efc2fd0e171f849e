import { formatTimeout, parseTimeout } from "@causeway/protocol"

/**
 * Takes the time that earlier attempts took off the deadline in a request's headers. `createTransport` writes its own
 * there; connect's transports write it once, and so would promise the server too much.
 */
export function shortenTimeout(header: Headers, elapsedMs: number): void {
  const grpcMs = parseTimeout(header.get("grpc-timeout") ?? "")
  if (grpcMs !== null) header.set("grpc-timeout", formatTimeout(grpcMs - elapsedMs))
  const connectMs = header.get("connect-timeout-ms")
  if (connectMs !== null)
    header.set("connect-timeout-ms", String(Math.max(0, Math.floor(Number(connectMs) - elapsedMs))))
}
