import { constants } from "node:http2"
import { Code } from "@causeway/protocol"
import { BridgeError } from "../core/errors.ts"
import type { Lost } from "../core/upstream-stream.ts"

/** The gRPC status of each HTTP/2 error code (PROTOCOL-HTTP2.md, "Errors"). */
const codes = new Map<number, number>([
  [constants.NGHTTP2_REFUSED_STREAM, Code.Unavailable],
  [constants.NGHTTP2_CANCEL, Code.Canceled],
  [constants.NGHTTP2_ENHANCE_YOUR_CALM, Code.ResourceExhausted],
  [constants.NGHTTP2_INADEQUATE_SECURITY, Code.PermissionDenied],
  [constants.NGHTTP2_HTTP_1_1_REQUIRED, Code.PermissionDenied], // as in connect-es; gRPC's table has no row for it
])

const names = [
  ...["NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED"],
  ...["FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM"],
  ...["INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"],
]

/** The name of an HTTP/2 error code (RFC 9113 §7). */
export function h2ErrorName(code: number): string {
  return names[code] ?? `0x${code.toString(16)}`
}

/** The error that a page gets for a lost stream. */
export function errorOf(lost: Lost, isDeadlinePast: boolean): BridgeError {
  const { cause } = lost
  // A backend that enforces the deadline itself may reset the stream shortly before our timer. The page then gets status 4.
  if (isDeadlinePast && lost.kind === "reset" && lost.code === constants.NGHTTP2_CANCEL) {
    return new BridgeError("deadline-exceeded", "The deadline passed; the backend gave the call up", { cause })
  }
  if (lost.kind === "head") return new BridgeError("reply-head-too-large", messageOf(cause), { cause })
  if (lost.wasProcessed === "no") {
    return new BridgeError(
      "backend-refused",
      "The backend refused the call before it processed it; it is safe to repeat",
      { cause, isLeftOver: lost.kind === "goaway" },
    )
  }
  if (lost.kind === "connection") {
    return new BridgeError("backend-lost", "The connection to the backend closed before the call's status came", {
      cause,
    })
  }
  const name = h2ErrorName(lost.code)
  if (lost.kind === "goaway") {
    return new BridgeError(
      "backend-lost",
      `The backend closed its connection (GOAWAY ${name}) before the call's status came`,
      { cause },
    )
  }
  const code = codes.get(lost.code) ?? Code.Internal
  return new BridgeError("backend-reset", `The backend reset the call (${name}) before its status came`, {
    cause,
    code,
  })
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
