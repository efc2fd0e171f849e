import type { UpstreamStream } from "./upstream-stream.ts"

/** The request's messages on their way to a backend, as an attempt sees them. */
export interface RequestBody {
  /** For retry: what is sent is also kept, up to this many bytes, so that another attempt can send it again. */
  keep(maxBytes: number): void
  /** False once more was sent than is kept. */
  readonly canReplay: boolean
  /** Sends what was kept and what waits, then goes on live. */
  attach(to: UpstreamStream): void
  /** The attached stream takes more again. */
  upstreamDrained(): void
  /** The attempt is over: its stream is written to no more. */
  detach(): void
  /** No further attempt will come: what was kept is let go. */
  commit(): void
}
