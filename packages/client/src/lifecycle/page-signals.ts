/**
 * What a page tells those who hold streams open:
 * - `suspend`: it is left, perhaps to be shown again from the back/forward cache; what is open has to be closed
 * - `wake`: it is back, visible again or online again; what waits may try at once
 * - `slept`: the machine was asleep; what looks open is probably dead
 */
export type PageEvent = "suspend" | "wake" | "slept"

/** Where such news come from: `lifecycle()`, or a source of an application's own. */
export interface PageSignals {
  /** The page is being left or has been: an attempt now is in vain, and its failure means nothing. */
  readonly isSuspended: boolean
  /** Calls `listener` until the function that it returns is called. */
  subscribe(listener: (event: PageEvent) => void): () => void
}
