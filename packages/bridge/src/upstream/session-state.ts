/** The phases of a session's life. */
export type SessionState =
  | { readonly kind: "connecting" }
  | { readonly kind: "open" }
  /** Too many streams were reset: no stream is opened for a while. */
  | { readonly kind: "resting"; readonly timer: NodeJS.Timeout }
  /** The backend sent GOAWAY, or we close. Open streams finish; no stream is opened. */
  | { readonly kind: "draining" }
  /** All streams have finished. The backend has until then to close its side as well. */
  | { readonly kind: "lingering"; readonly timer: NodeJS.Timeout }
  | { readonly kind: "closed" }
