import type { BridgeError } from "./errors.ts"
import type { UpstreamListener, UpstreamStream } from "./upstream-stream.ts"

/** A backend as a call sees it: it provides streams. */
export interface Upstream {
  /** For logs and metrics. */
  readonly name: string
  readonly scheme: "http" | "https"
  readonly authority: string
  /** Gives the requester a stream, at once or later, or refuses it. */
  acquire(requester: StreamRequester): void
  /** The requester no longer wants a stream. */
  release(requester: StreamRequester): void
}

/** A call that wants a stream. */
export interface StreamRequester extends UpstreamListener {
  /** The client's IP address. Its calls share the limits of one client. */
  readonly clientAddress: string
  /** The request's fields. Read when the stream is opened: in a queue the remaining time shrinks. */
  fields(): string[]
  opened(stream: UpstreamStream): void
  /** No stream is available. */
  refused(error: BridgeError): void
}
