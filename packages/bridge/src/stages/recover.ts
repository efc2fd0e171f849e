import type { Handler } from "../core/call.ts"
import { internalError } from "../core/errors.ts"
import type { Observer } from "../core/observer.ts"
import { statusOf } from "../core/reply.ts"
import { BridgeError } from "../core/errors.ts"
import { emptyMetadata } from "@causeway/protocol"

/**
 * Turns whatever the stages inside throw or reject with into a reply. A defect is also reported to the observer, with its call.
 */
export function recover(observer: Observer, next: Handler): Handler {
  return async (call) => {
    try {
      return await next(call)
    } catch (cause) {
      if (!(cause instanceof BridgeError)) observer.crashed("stage", cause, call.record)
      return { kind: "status", metadata: emptyMetadata, status: statusOf(internalError("stage", cause)) }
    }
  }
}
