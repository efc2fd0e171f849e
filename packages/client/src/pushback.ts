import type { ConnectError } from "@connectrpc/connect"

/** The longest timer, in milliseconds. Browsers and Node keep the delay in 31 bits; a longer timer fires at once. */
const maxTimerMs = 0x7fff_ffff

/**
 * The server's pushback (gRFC A6, `grpc-retry-pushback-ms`): the milliseconds to wait before a retry, or "stop" for no
 * retry. A negative or malformed value means "stop" too. Undefined: the server sent no pushback.
 */
export function pushbackOf(error: ConnectError): number | "stop" | undefined {
  const value = error.metadata.get("grpc-retry-pushback-ms")
  if (value === null) return undefined
  return /^(0|[1-9]\d{0,9})$/.test(value) && Number(value) <= maxTimerMs ? Number(value) : "stop"
}
