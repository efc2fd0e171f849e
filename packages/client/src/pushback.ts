import type { ConnectError } from "@connectrpc/connect"

/** A longer timer fires at once: browsers and Node keep its time in 31 bits. */
const maxTimerMs = 0x7fff_ffff

/**
 * What the server says about trying again (gRFC A6, `grpc-retry-pushback-ms`): after so many milliseconds, or not at all,
 * which is also what a value means that is negative or cannot be read. Undefined: it says nothing.
 */
export function pushbackOf(error: ConnectError): number | "stop" | undefined {
  const value = error.metadata.get("grpc-retry-pushback-ms")
  if (value === null) return undefined
  return /^(0|[1-9]\d{0,9})$/.test(value) && Number(value) <= maxTimerMs ? Number(value) : "stop"
}
