/**
 * Events of a page for the owners of open streams:
 * - `suspend`: the page is left, and may be shown again from the back/forward cache. Close what is open
 * - `wake`: the page is shown, visible or online again. A waiting retry may run at once
 * - `slept`: the machine was asleep. Connections that look open are probably dead
 */
export type PageEvent = "suspend" | "wake" | "slept"

/** A source of page events: `lifecycle()`, or one that the application provides. */
export interface PageSignals {
  /** The page is being left or was left: an attempt would fail, and its failure would say nothing about the service. */
  readonly isSuspended: boolean
  /** Calls `listener` for each event until the returned function is called. */
  subscribe(listener: (event: PageEvent) => void): () => void
}
