import type { RequestOutlet } from "./upstream-stream.ts"

/** The request's messages on their way to a backend, as an attempt sees them. */
export interface RequestBody {
  /** Keeps the sent bytes, up to this many, so that another attempt can send them again. */
  keep(maxBytes: number): void
  /** False once more bytes were sent than are kept. */
  readonly canReplay: boolean
  /** Sends the kept and the waiting bytes, then each new chunk as it arrives. */
  attach(to: RequestOutlet): void
  /** The attached stream accepts more data again. */
  upstreamDrained(): void
  /** The attempt is over: nothing more is written to its stream. */
  detach(): void
  /** No further attempt will follow: the kept bytes are released. */
  commit(): void
}

/** Receives a copy of a request: each byte once, as it comes from the client. It never holds the request back. Never throws. */
export interface RequestCopy {
  write(frames: Uint8Array): void
  /** The request is complete. Not called if the call ends first. */
  complete(): void
}

/** The request of a call. */
export interface CallRequest extends RequestBody {
  /** Sets the longest message, in bytes. Called before the first byte is read. */
  limit(maxMessageBytes: number): void
  /** Receives a copy of the request. Set before the first byte is read. Null: there is no copy. */
  copy: RequestCopy | null
}
