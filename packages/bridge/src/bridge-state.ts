import type { Readiness } from "./admin/readiness-page.ts"

/** The phases of a bridge's life. */
export type BridgeState =
  | { readonly kind: "starting" }
  | { readonly kind: "serving" }
  /** No longer ready, but still accepting calls: load balancers have time to send new calls elsewhere. */
  | { readonly kind: "leaving" }
  /** Refuses new calls; open calls may finish. */
  | { readonly kind: "draining" }

/** True once the bridge shuts down. */
export function isClosing({ kind }: BridgeState): boolean {
  return kind === "leaving" || kind === "draining"
}

/** Whether new calls are welcome. `refusal`: the reason why the configuration file is not in force, or null. */
export function readinessIn(state: BridgeState, ofFleet: Readiness | null, refusal: string | null): Readiness {
  if (isClosing(state)) return { ready: false, why: "draining: the bridge is shutting down" }
  if (state.kind === "starting" || ofFleet === null) return { ready: false, why: "starting" }
  return refusal === null ? ofFleet : { ...ofFleet, notes: [`the configuration file is not in force: ${refusal}`] }
}
