import type { GrpcContentType, Metadata, WebWire } from "@causeway/protocol"
import { encodeTrailerFrame, formatContentType, MetadataList, parseContentType } from "@causeway/protocol"
import type { ResponseHead } from "../../core/exchange.ts"
import type { Status } from "../../core/reply.ts"
import type { ReplyWriter } from "../../core/wire.ts"
import type { CorsGrant } from "../cors.ts"
import { addCorsFields } from "../cors.ts"
import { statusFields } from "./status-fields.ts"

/** Intermediaries must neither buffer nor recode a stream. A browser must not guess its type. */
const streamingFields = [
  "x-content-type-options",
  "nosniff",
  "cache-control",
  "no-transform",
  "x-accel-buffering",
  "no",
]

/** Writes gRPC-Web: gRPC's frames unchanged, then one frame of trailers (PROTOCOL-WEB). */
export class GrpcWebWriter implements ReplyWriter {
  readonly #wire: WebWire
  readonly #suffix: string
  readonly #cors: CorsGrant | null

  /** `suffix` is the request's. The backend's suffix wins if it names one. */
  constructor(wire: WebWire, suffix: string, cors: CorsGrant | null) {
    this.#wire = wire
    this.#suffix = suffix
    this.#cors = cors
  }

  head(metadata: Metadata, contentType: string): ResponseHead {
    return this.#head(metadata, parseContentType(contentType)?.suffix ?? "")
  }

  data(frames: Uint8Array): Uint8Array {
    return frames
  }

  end(status: Status): { body: Uint8Array; trailers: null } {
    const fields: string[] = []
    statusFields(status, fields)
    return { body: encodeTrailerFrame(new MetadataList(fields)), trailers: null }
  }

  // gRPC-Web: the status in the head, and an empty body. With an empty trailer frame here clients report UNKNOWN
  // (connect-es#1764).
  statusOnly(metadata: Metadata, status: Status): ResponseHead {
    return this.#head(metadata, "", status)
  }

  #head(metadata: Metadata, backendSuffix: string, status: Status | null = null): ResponseHead {
    const type: GrpcContentType = { wire: this.#wire, suffix: backendSuffix === "" ? this.#suffix : backendSuffix }
    const fields = ["content-type", formatContentType(type), ...streamingFields]
    metadata.appendTo(fields)
    if (status !== null) statusFields(status, fields)
    addCorsFields(fields, this.#cors)
    return { status: 200, fields }
  }
}
