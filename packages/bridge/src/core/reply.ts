import type { Metadata } from "@causeway/protocol"
import { emptyMetadata, encodeStatusMessage } from "@causeway/protocol"
import type { BridgeError } from "./errors.ts"

/** The end of a call in gRPC's terms. */
export interface Status {
  /** gRPC status code. Codes above 16 pass through. */
  readonly code: number
  /** `grpc-message`, already percent-encoded; "" if there is none. */
  readonly message: string
  /** Trailing metadata without `grpc-status` and `grpc-message`. */
  readonly metadata: Metadata
  /** Set when the bridge itself ended the call. */
  readonly error: BridgeError | null
}

/** The result of a handler. */
export type Reply =
  /** A status without messages (Trailers-Only, a refusal, a local reply). Nothing was sent to the client yet. */
  | { readonly kind: "status"; readonly metadata: Metadata; readonly status: Status }
  /** The backend has sent its headers: the call is committed (gRFC A6). */
  | { readonly kind: "stream"; readonly metadata: Metadata; readonly contentType: string; readonly source: ReplySource }

/** The source of a reply's bytes. It delivers nothing before `start`, inside a method, or after `cancel`. */
export interface ReplySource {
  start(to: ReplySink): void
  /** Asks for nothing more until `resume`. What is on its way, one window at most, is still delivered, and so is the end. */
  pause(): void
  resume(): void
  cancel(why: BridgeError): void
}

/** The receiver of a reply's bytes: gRPC frames, split anywhere, then `end` exactly once. */
export interface ReplySink {
  data(frames: Uint8Array): void
  end(status: Status): void
}

/** The status that reports this error to a page. */
export function statusOf(error: BridgeError): Status {
  return { code: error.code, message: encodeStatusMessage(error.message), metadata: emptyMetadata, error }
}
