import type { BridgeError } from "./errors.ts"
import type { UpstreamListener, UpstreamStream } from "./upstream-stream.ts"

/** A backend as a call sees it: somewhere to get a stream from. */
export interface Upstream {
  /** For logs and metrics. */
  readonly name: string
  readonly scheme: "http" | "https"
  readonly authority: string
  /** Gives the requester a stream, at once or later, or refuses it. */
  acquire(requester: StreamRequester): void
  /** The requester wants no stream any more. */
  release(requester: StreamRequester): void
}

/** A call that wants a stream. */
export interface StreamRequester extends UpstreamListener {
  /** The client's IP address: its calls share what one client may have. */
  readonly clientAddress: string
  /** The request's fields. Asked for when the stream is opened: in a queue the time that remains shrinks. */
  fields(): string[]
  opened(stream: UpstreamStream): void
  /** No stream can be had. */
  refused(error: BridgeError): void
}
