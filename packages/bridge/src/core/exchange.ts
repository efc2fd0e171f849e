import type { Metadata } from "@causeway/protocol"
import type { BridgeError } from "./errors.ts"

/** How bytes travel on a downstream connection. */
export type Carrier = "http1" | "http2"

/** The other end of one downstream connection. */
export interface Peer {
  /** `address:port` as the socket saw it. */
  readonly address: string
  readonly carrier: Carrier
  readonly isTls: boolean
}

/** A request head as its edge received it. */
export interface RequestHead {
  readonly method: string
  /** Request target: an absolute path, perhaps with a query. */
  readonly target: string
  /** HTTP/2's `:authority`; null on HTTP/1.1, where `host` is a field. */
  readonly authority: string | null
  /** Flat list of name, value, name, value …; names in any case, order and duplicates as received, no pseudo-header. */
  readonly fields: readonly string[]
}

/** A response head: fields as a flat list of lower-case names and values. */
export interface ResponseHead {
  readonly status: number
  readonly fields: string[]
  /** No further request is taken on this connection (HTTP/1.1). */
  readonly closes?: boolean
  /** HTTP trailers may follow (native gRPC). */
  readonly hasTrailers?: boolean
  /** Without the field `date`, which Node would add: native gRPC shows it as metadata of the application's. */
  readonly omitsDate?: boolean
}

/**
 * One request and its answer on any carrier. Nothing is delivered to the listener inside a call of these methods, nor after
 * `abort` or `end` (but for `drained` or `gone` after an `end` that gave back false).
 */
export interface Exchange {
  readonly head: RequestHead
  readonly peer: Peer
  /** Begins delivery. Called once. */
  start(to: ExchangeListener): void
  /** Bytes that have come and are not delivered. */
  readonly unreadBytes: number
  /** Bytes that were written and have not left. */
  readonly unsentBytes: number
  pause(): void
  resume(): void
  /** While paused: delivers what has come, as one chunk, and asks for no more. */
  deliverUnread(): void
  /** Sets the answer's head; it leaves with the first write or end. */
  respond(head: ResponseHead): void
  /** Writes the chunks as one. False: wait for `drained` before writing on. */
  write(chunks: readonly Uint8Array[]): boolean
  /**
   * Ends the answer. HTTP trailers are for native gRPC alone. What is left of the upload is read and dropped, within bounds.
   * False: some of the answer waits for the client to read; `drained` tells when it has left, `gone` that it never will.
   */
  end(chunks: readonly Uint8Array[], trailers: Metadata | null): boolean
  /** Cuts the answer so that no client can take it for whole: RST_STREAM, or the socket destroyed. Nothing, if it has left. */
  abort(why: BridgeError): void
}

/** What an exchange tells its one listener. */
export interface ExchangeListener {
  data(chunk: Uint8Array): void
  /** The request is complete. */
  end(): void
  /** The upload comes in so many pieces that carry almost nothing that others must wait: the call is to end. */
  tooFragmented(): void
  /** The upload has been held back for so long that its client may have left unseen (HTTP/1.1): the call is to end. */
  leavingUnseen(): void
  /** The client is gone: cancelled, reset, or its connection closed. */
  gone(): void
  /** More may be written. */
  drained(): void
  /** A callback above threw. */
  crashed(cause: unknown): void
}
