import type { Metadata } from "@causeway/protocol"
import type { ResponseHead } from "./exchange.ts"
import type { Status } from "./reply.ts"

/** The protocol variant that the client uses. */
export type Wire = "grpc-web" | "grpc-web-text" | "grpc"

/** Turns request bytes of a wire into gRPC frames, incrementally. */
export interface FrameReader {
  /** The bytes are not valid on this wire. */
  readonly isBroken: boolean
  /**
   * Returns the frames in this chunk, up to the first byte that is not valid on this wire. After that byte it returns nothing.
   */
  pushUpToError(chunk: Uint8Array): Uint8Array
  /** Returns the last frames. Null: the input is incomplete. */
  end(): Uint8Array | null
}

/** Turns a reply into the bytes of a wire. */
export interface ReplyWriter {
  /** The head of an answer with messages. `contentType` is the backend's. */
  head(metadata: Metadata, contentType: string): ResponseHead
  /** Encodes gRPC frames, or a piece of one. */
  data(frames: Uint8Array): Uint8Array
  /** The bytes after the last message: a trailer frame, or HTTP trailers. */
  end(status: Status): { readonly body: Uint8Array | null; readonly trailers: Metadata | null }
  /** The whole answer if there is no message: the status is in the head, and the body is empty (Trailers-Only). */
  statusOnly(metadata: Metadata, status: Status): ResponseHead
}
