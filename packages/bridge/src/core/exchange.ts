import type { Metadata } from "@causeway/protocol"
import type { BridgeError } from "./errors.ts"

/** The protocol version of a downstream connection. */
export type Carrier = "http1" | "http2"

/** The other end of one downstream connection. */
export interface Peer {
  /** `address:port`, as the socket reports it. */
  readonly address: string
  readonly carrier: Carrier
  readonly isTls: boolean
}

/** A request head as the downstream edge received it. */
export interface RequestHead {
  readonly method: string
  /** Request target: an absolute path, perhaps with a query. */
  readonly target: string
  /** HTTP/2's `:authority`; null on HTTP/1.1, where `host` is a field. */
  readonly authority: string | null
  /** Flat list: name, value, name, value … Names in any case; order and duplicates as received; no pseudo-headers. */
  readonly fields: readonly string[]
}

/** A response head: fields as a flat list of lower-case names and values. */
export interface ResponseHead {
  readonly status: number
  readonly fields: string[]
  /** The connection accepts no further request (HTTP/1.1). */
  readonly closes?: boolean
  /** HTTP trailers may follow (native gRPC). */
  readonly hasTrailers?: boolean
  /** Omits the field `date`, which Node would add: in native gRPC it would look like metadata of the application. */
  readonly omitsDate?: boolean
}

/**
 * One request and its answer, over HTTP/1.1 or HTTP/2. The listener is never called inside one of these methods, nor after
 * `abort` or `end`. The exception: `drained` or `gone` after an `end` that returned false.
 */
export interface Exchange {
  readonly head: RequestHead
  readonly peer: Peer
  /** Starts delivery to the listener. Called once. */
  start(to: ExchangeListener): void
  /** Bytes that were written and not sent yet. */
  readonly unsentBytes: number
  /** Asks for nothing more until `resume`. What is on its way, one window at most, is still delivered, and so is the end. */
  pause(): void
  resume(): void
  /** Sets the answer's head. It is sent with the first write or end. */
  respond(head: ResponseHead): void
  /** Writes the chunks as one. False: wait for `drained` before the next write. */
  write(chunks: readonly Uint8Array[]): boolean
  /**
   * Ends the answer. HTTP trailers are for native gRPC only. The rest of the upload is read and dropped, within bounds. False:
   * part of the answer waits for the client to read. Then `drained` reports that it was sent, or `gone` that it never will be.
   */
  end(chunks: readonly Uint8Array[], trailers: Metadata | null): boolean
  /**
   * Cuts the answer so that no client takes it for complete: RST_STREAM, or the socket is destroyed. No effect once the answer
   * was sent.
   */
  abort(why: BridgeError): void
}

/** Callbacks of an exchange. It has one listener. */
export interface ExchangeListener {
  data(chunk: Uint8Array): void
  /** The request is complete. */
  end(): void
  /** The upload comes in so many tiny pieces that other clients must wait. The call must end. */
  tooFragmented(): void
  /** The upload was held back so long that the client may have left unnoticed (HTTP/1.1). The call must end. */
  leavingUnseen(): void
  /** The client has gone: it cancelled, reset the stream, or closed the connection. */
  gone(): void
  /** More may be written. */
  drained(): void
  /** One of the callbacks above threw. */
  crashed(cause: unknown): void
}
