import type { Metadata } from "@causeway/protocol"
import { emptyMetadata, encodeStatusMessage } from "@causeway/protocol"
import type { BridgeError } from "./errors.ts"

/** How a call ended, as gRPC says it. */
export interface Status {
  /** gRPC status code; codes above 16 pass through. */
  readonly code: number
  /** `grpc-message`, percent-encoded already; "" when there is none. */
  readonly message: string
  /** Trailing metadata without `grpc-status` and `grpc-message`. */
  readonly metadata: Metadata
  /** Set when the bridge itself ended the call. */
  readonly error: BridgeError | null
}

/** What a handler answers with. */
export type Reply =
  /** Trailers-Only, refusal or local reply: nothing is committed yet. */
  | { readonly kind: "status"; readonly metadata: Metadata; readonly status: Status }
  /** The backend's headers came: the call is committed (gRFC A6). */
  | { readonly kind: "stream"; readonly metadata: Metadata; readonly contentType: string; readonly source: ReplySource }

/** Where the bytes of a reply come from. Nothing is delivered before `start`, inside a method, or after `cancel`. */
export interface ReplySource {
  start(to: ReplySink): void
  /** Bytes that have come and are not delivered. */
  readonly unreadBytes: number
  pause(): void
  resume(): void
  /** While paused: delivers what has come, as one chunk, and asks for no more. */
  deliverUnread(): void
  cancel(why: BridgeError): void
}

/** Where the bytes of a reply go to: gRPC frames, split anywhere, then `end` exactly once. */
export interface ReplySink {
  data(frames: Uint8Array): void
  end(status: Status): void
}

/** The status that tells a page of this error. */
export function statusOf(error: BridgeError): Status {
  return { code: error.code, message: encodeStatusMessage(error.message), metadata: emptyMetadata, error }
}
