import type { FrameViolation } from "@causeway/protocol"
import { BridgeError } from "./errors.ts"

/** A text request is not base64. */
export function notBase64(): BridgeError {
  return new BridgeError(
    "bad-base64",
    "The request body is not base64, although its content type says application/grpc-web-text",
  )
}

/** The request comes in too many pieces for what they carry. */
export function fragmentedRequest(): BridgeError {
  return new BridgeError(
    "too-fragmented",
    "The request came in more than 1,000 pieces (DATA frames or chunks) of one or two bytes; send each message in one piece",
  )
}

/** The request ends inside a message. */
export function truncatedRequest(): BridgeError {
  return new BridgeError(
    "truncated-request",
    "The request body ends inside a message: its length prefix announces more bytes. The backend did not get the incomplete message",
  )
}

/** A request frame has unknown flags, or is too large. */
export function requestViolation(violation: FrameViolation): BridgeError {
  switch (violation.kind) {
    case "too-large":
      return new BridgeError(
        "request-too-large",
        `The client announced a message of ${violation.declaredBytes} bytes; this bridge accepts at most ${violation.maxBytes} (--max-request-message-bytes, or the limits of its route)`,
      )
    case "bad-flags":
      return new BridgeError(
        "bad-frame",
        `A request message begins with flags ${violation.flags}, expected 0 or 1. Is the body framed as gRPC-Web?`,
      )
    case "unexpected-compression":
      return new BridgeError(
        "unexpected-compression",
        "A request message is flagged as compressed, but the request has no grpc-encoding field",
      )
  }
}

/** A reply frame has unknown flags, or is too large. The backend is at fault. */
export function replyViolation(violation: FrameViolation): BridgeError {
  if (violation.kind === "too-large") {
    return new BridgeError(
      "reply-too-large",
      `The backend announced a message of ${violation.declaredBytes} bytes; this bridge passes on at most ${violation.maxBytes} (--max-reply-message-bytes, or the limits of its route)`,
    )
  }
  return new BridgeError(
    "backend-bad-frame",
    `The backend sent a message with flags ${violation.flags}; gRPC expects 0, or 1 if the reply names a grpc-encoding`,
  )
}

/** A request has waited too long: for a backend that does not read, for a stream, or for its client. */
export function requestStall(isBlocked: boolean, isHeldBack: boolean): BridgeError {
  if (isBlocked) {
    return new BridgeError(
      "slow-backend",
      "The backend did not read the rest of this call's request for longer than --stall-timeout",
    )
  }
  if (isHeldBack) {
    return new BridgeError(
      "backend-busy",
      "No stream to the backend became free within --stall-timeout, so the rest of the request was not read; try again later",
    )
  }
  return new BridgeError(
    "slow-upload",
    "A request message was not complete within --stall-timeout plus one second for every 8 KB of it; the client stopped sending, or its network is too slow",
  )
}
