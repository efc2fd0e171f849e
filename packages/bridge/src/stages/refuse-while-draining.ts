import type { Handler } from "../core/call.ts"
import { BridgeError } from "../core/errors.ts"

/** Refuses new calls while the bridge shuts down. This is the first stage, since it is the cheapest refusal. */
export function refuseWhileDraining(isDraining: () => boolean, next: Handler): Handler {
  return (call) => {
    if (isDraining())
      throw new BridgeError("draining", "The bridge is shutting down; repeat the call, another instance will take it")
    return next(call)
  }
}
