import type { OpenCall } from "./call.ts"

/** A call and the two halves of its pump, as each of them sees the others. */
export interface CallHalves {
  readonly call: OpenCall
  readonly request: RequestHalf
  readonly reply: ReplyHalf
}

/** The request direction, as the reply direction sees it. */
export interface RequestHalf {
  readonly receivedBytes: number
  /** The attempt is over: its stream is written to no more. */
  detach(): void
  /** The call is over: request bytes that still come are dropped. */
  drop(): void
}

/** The reply direction, as the request direction sees it: both hear the client through one listener. */
export interface ReplyHalf {
  clientGone(): void
  clientDrained(): void
}
