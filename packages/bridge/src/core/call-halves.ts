import type { OpenCall } from "./call.ts"

/** A call and the two directions of its pump, as each of them sees the others. */
export interface CallHalves {
  readonly call: OpenCall
  readonly request: RequestHalf
  readonly reply: ReplyHalf
}

/** The request direction, as the reply direction sees it. */
export interface RequestHalf {
  readonly receivedBytes: number
  /** The call is over: request bytes that still arrive are dropped. */
  drop(): void
}

/** The reply direction, as the request direction sees it. One listener on the client serves both directions. */
export interface ReplyHalf {
  clientGone(): void
  clientDrained(): void
}
