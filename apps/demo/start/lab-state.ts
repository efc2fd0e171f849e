/** The state of a part of the demo. */
export type PartState =
  | { readonly kind: "up" }
  | { readonly kind: "starting" }
  | { readonly kind: "stopping" }
  | { readonly kind: "down"; readonly why: string }

/** A fault that lasts until it is repaired. Cuts and resets do not last. */
export type LastingFault = "service-stopped" | "service-slow" | "bridge-stopped" | "v2-stopped"

/** A second version of the service, beside the first. */
export type CanaryState =
  | { readonly kind: "off" }
  /** `sharePercent`: its part of the calls of UserService. */
  | { readonly kind: "on"; readonly server: PartState; readonly sharePercent: number }

/** The actions of the lab: `POST /lab/<action>`. */
export const labActions = [
  "service-stopped",
  "service-slow",
  "bridge-stopped",
  "v2-stopped",
  "repair-service-stopped",
  "repair-service-slow",
  "repair-bridge-stopped",
  "repair-v2-stopped",
  "bridge-restart",
  "reset-service-line",
  "reset-page-line",
  "cut-service-line",
  "cut-page-line",
  "v2-on",
  "v2-off",
  "restore",
] as const

/** An action. The plain name of a fault causes the fault, and the prefix `repair-` repairs it. */
export type LabAction = (typeof labActions)[number]

/** State of the whole lab: the response to `GET /lab` and to each action. */
export interface LabState {
  readonly bridge: PartState
  readonly service: PartState
  readonly canary: CanaryState
  /** The text of the bridge's configuration file. */
  readonly configuration: string
  /** The current faults, the oldest first. */
  readonly faults: readonly LastingFault[]
  /** Milliseconds until the lab repairs all faults by itself. Null means that there is no fault. */
  readonly restoreInMs: number | null
  /** A URL of the bridge whose connections go through the relay that can be reset and cut. */
  readonly pageLineUrl: string
  /** An origin that the bridge refuses. It serves the page /stranger.html. */
  readonly strangerOrigin: string
}
