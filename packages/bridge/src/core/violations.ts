import type { FrameViolation } from "@causeway/protocol"
import { BridgeError } from "./errors.ts"

/** A text request is not base64. */
export function notBase64(): BridgeError {
  return new BridgeError("bad-base64", "The request body is not base64, which its content type promises")
}

/** The request comes in too many pieces for what they carry. */
export function fragmentedRequest(): BridgeError {
  return new BridgeError(
    "too-fragmented",
    "The request came in pieces of a byte or two (DATA frames or chunks), more than 1,000 of them; send a message in one piece",
  )
}

/** The request ends inside a message. */
export function truncatedRequest(): BridgeError {
  return new BridgeError(
    "truncated-request",
    "The request body ends inside a message (its length prefix promises more); the backend was not given the half",
  )
}

/** A request frame has unknown flags, or is too large. */
export function requestViolation(violation: FrameViolation): BridgeError {
  switch (violation.kind) {
    case "too-large":
      return new BridgeError(
        "request-too-large",
        `A request message of ${violation.declaredBytes} bytes was announced; this bridge takes at most ${violation.maxBytes} (--max-request-message-bytes)`,
      )
    case "bad-flags":
      return new BridgeError(
        "bad-frame",
        `A request message begins with the flags ${violation.flags}, where 0 or 1 is expected. Is the body framed as gRPC-Web?`,
      )
    case "unexpected-compression":
      return new BridgeError(
        "unexpected-compression",
        "A request message is flagged as compressed, but the request names no grpc-encoding",
      )
  }
}

/** A reply frame has unknown flags, or is too large. The backend is at fault. */
export function replyViolation(violation: FrameViolation): BridgeError {
  if (violation.kind === "too-large") {
    return new BridgeError(
      "reply-too-large",
      `The backend announced a message of ${violation.declaredBytes} bytes; this bridge passes at most ${violation.maxBytes} (--max-reply-message-bytes)`,
    )
  }
  return new BridgeError(
    "backend-bad-frame",
    `The backend sent a message with the flags ${violation.flags}, which gRPC does not know here`,
  )
}

/** A request has waited too long: for a backend that does not read, for a stream, or for its client. */
export function requestStall(isBlocked: boolean, isHeldBack: boolean): BridgeError {
  if (isBlocked) {
    return new BridgeError("slow-backend", "The backend has not read this call's request for too long")
  }
  if (isHeldBack) {
    return new BridgeError(
      "backend-busy",
      "No stream to the backend came free for too long, while the rest of the request waited; try again later",
    )
  }
  return new BridgeError(
    "slow-upload",
    "A message of the request was not complete within --stall-timeout, and came at less than 8 KB/s; the client stopped, or its line is too slow",
  )
}
