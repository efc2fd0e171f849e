/** State of the request's client side. */
export type BodyState =
  | "arriving"
  /** The client is paused: the data that it sent waits for the backend. */
  | "heldBack"
  /** The client has sent the whole request. */
  | "complete"
  /** The call is over: data that still arrives is dropped. */
  | "dropped"

/** State of the request's backend side. */
export type OutletState =
  | "detached"
  | "open"
  /** The backend does not read. */
  | "blocked"
  /** The end of the request was sent. */
  | "ended"
