/** How a part of the demo is. */
export type PartState =
  | { readonly kind: "up" }
  | { readonly kind: "starting" }
  | { readonly kind: "stopping" }
  | { readonly kind: "down"; readonly why: string }

/** What stays broken until it is mended. */
export type LastingFault = "service-stopped" | "service-slow" | "bridge-stopped"

/** What can be asked of the lab: `POST /lab/<action>`. */
export const labActions = [
  "service-stopped",
  "service-slow",
  "bridge-stopped",
  "mend-service-stopped",
  "mend-service-slow",
  "mend-bridge-stopped",
  "bridge-restart",
  "reset-service-line",
  "reset-page-line",
  "cut-service-line",
  "cut-page-line",
  "restore",
] as const

/** One of the actions. The name of a fault alone breaks it. */
export type LabAction = (typeof labActions)[number]

/** How everything is: the answer to `GET /lab` and to each action. */
export interface LabState {
  readonly bridge: PartState
  readonly service: PartState
  /** What is broken now, in the order in which it was. */
  readonly faults: readonly LastingFault[]
  /** After this many milliseconds all is mended by itself; null: nothing is broken. */
  readonly restoreInMs: number | null
  /** Leads to the bridge over a line that can be reset and cut. */
  readonly pageLineUrl: string
  /** An origin that the bridge does not admit; it serves the page /stranger.html. */
  readonly strangerOrigin: string
}
