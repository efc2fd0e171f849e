import type { Metadata } from "@causeway/protocol"
import type { ResponseHead } from "./exchange.ts"
import type { Status } from "./reply.ts"

/** What the client speaks. */
export type Wire = "grpc-web" | "grpc-web-text" | "grpc"

/** Turns request bytes of a wire into gRPC frames, incrementally. */
export interface FrameReader {
  /** The bytes are not of the wire. */
  readonly isBroken: boolean
  /** The frames in this chunk, up to the place where the bytes are not of the wire; nothing after that. */
  pushUpToError(chunk: Uint8Array): Uint8Array
  /** The last frames. Null: the bytes cannot end here. */
  end(): Uint8Array | null
}

/** Turns a reply into the bytes of a wire. */
export interface ReplyWriter {
  /** The head of an answer with messages. `contentType` is the backend's. */
  head(metadata: Metadata, contentType: string): ResponseHead
  /** The bytes for these gRPC frames (or a piece of one). */
  data(frames: Uint8Array): Uint8Array
  /** The last bytes after a head: a trailer frame, or HTTP trailers. */
  end(status: Status): { readonly body: Uint8Array | null; readonly trailers: Metadata | null }
  /** The whole answer when no message comes: the status in the head, an empty body (Trailers-Only). */
  statusOnly(metadata: Metadata, status: Status): ResponseHead
}
