import type { GatewayError } from "./errors.ts"
import type { UpstreamListener, UpstreamStream } from "./upstream-stream.ts"

/** A backend as a call sees it: somewhere to get a stream from. */
export interface Upstream {
  /** For logs and metrics. */
  readonly name: string
  readonly scheme: "http" | "https"
  readonly authority: string
  /** Gives the seeker a stream, at once or later, or refuses it. */
  seek(seeker: StreamSeeker): void
  /** The seeker wants no stream any more. */
  forget(seeker: StreamSeeker): void
}

/** A call that wants a stream. */
export interface StreamSeeker extends UpstreamListener {
  /** The request's fields. Asked for when the stream is opened: in a queue the time that remains shrinks. */
  fields(): string[]
  opened(stream: UpstreamStream): void
  /** No stream can be had. */
  refused(error: GatewayError): void
}
