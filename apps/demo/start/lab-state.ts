/** The state of a part of the demo. */
export type PartState =
  | { readonly kind: "up" }
  | { readonly kind: "starting" }
  | { readonly kind: "stopping" }
  | { readonly kind: "down"; readonly why: string }

/** A fault that lasts until it is repaired. Cuts and resets do not last. */
export type LastingFault = "service-stopped" | "service-slow" | "bridge-stopped"

/** The actions of the lab: `POST /lab/<action>`. */
export const labActions = [
  "service-stopped",
  "service-slow",
  "bridge-stopped",
  "repair-service-stopped",
  "repair-service-slow",
  "repair-bridge-stopped",
  "bridge-restart",
  "reset-service-line",
  "reset-page-line",
  "cut-service-line",
  "cut-page-line",
  "restore",
] as const

/** An action. The plain name of a fault causes the fault, and the prefix `repair-` repairs it. */
export type LabAction = (typeof labActions)[number]

/** State of the whole lab: the response to `GET /lab` and to each action. */
export interface LabState {
  readonly bridge: PartState
  readonly service: PartState
  /** The current faults, the oldest first. */
  readonly faults: readonly LastingFault[]
  /** Milliseconds until the lab repairs all faults by itself. Null means that there is no fault. */
  readonly restoreInMs: number | null
  /** A URL of the bridge whose connections go through the relay that can be reset and cut. */
  readonly pageLineUrl: string
  /** An origin that the bridge refuses. It serves the page /stranger.html. */
  readonly strangerOrigin: string
}
