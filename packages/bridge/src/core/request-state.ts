/** The client's side of the request. */
export type BodyState =
  | "arriving"
  /** The client is paused: what it has sent waits for the backend. */
  | "heldBack"
  /** The client has sent all. */
  | "complete"
  /** The call is over: what still comes is dropped. */
  | "dropped"

/** The backend's side of the request. */
export type OutletState =
  | "detached"
  | "open"
  /** The backend does not read. */
  | "blocked"
  /** The end has been sent. */
  | "ended"
