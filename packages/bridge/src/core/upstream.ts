import type { BridgeError } from "./errors.ts"
import type { RetryBudgetConfig } from "./retry-config.ts"
import type { UpstreamListener, UpstreamStream } from "./upstream-stream.ts"

/** A fleet of backends as a call sees it: it provides streams. */
export interface Upstream {
  /** For logs and metrics. */
  readonly name: string
  readonly retries: RetryLimits
  /** Gives the requester a stream, at once or later, or refuses it. */
  acquire(requester: StreamRequester): void
  /** The requester no longer wants a stream. */
  release(requester: StreamRequester): void
}

/** Bounds the retries to one upstream, whatever route they come by. */
export interface RetryLimits {
  readonly budget: RetryBudget
  /** Counts a retry in flight. False: as many as the upstream allows are. Each success needs its `ended`. */
  tryBegin(): boolean
  ended(): void
}

/** The token bucket of an upstream's retries (gRFC A6). Each route judges it by its own settings. */
export interface RetryBudget {
  mayRetry(config: RetryBudgetConfig): boolean
  /** A call has got its response headers, or the status OK. */
  succeeded(config: RetryBudgetConfig): void
  /** An attempt has failed with a status that is retried, or the backend has asked for no retry. */
  failed(config: RetryBudgetConfig): void
}

/** The backend that a call was given. */
export interface CallEndpoint {
  /** Its address as it is configured, for logs and metrics. */
  readonly name: string
  readonly scheme: "http" | "https"
  readonly authority: string
  /**
   * Fields that its upstream adds to each call, in place of those that the client sends under their names: a flat list of names and
   * values.
   */
  readonly credentials: readonly string[]
  /**
   * An attempt on it has ended with this gRPC status code. `fields` is the flat list of fields with the status; empty: the status
   * is the bridge's. Not called for an attempt that the backend never saw, nor for one that the client has ended.
   */
  attemptEnded(code: number, fields: readonly string[]): void
}

/** A call that wants a stream. */
export interface StreamRequester extends UpstreamListener {
  /** The client's IP address. Its calls share the limits of one client. */
  readonly clientAddress: string
  /** Hash of the part of the call that chooses its endpoint. 0 unless the upstream balances by hash. */
  readonly hash: number
  /** Endpoints that this call has tried in vain, by name. They are chosen only if there is no other. */
  readonly avoid: readonly string[]
  /** The request's fields for this endpoint. Read when the stream is opened: in a queue the remaining time shrinks. */
  fields(endpoint: CallEndpoint): string[]
  opened(stream: UpstreamStream, endpoint: CallEndpoint): void
  /** No stream is available. */
  refused(error: BridgeError): void
}
