import type { Metadata } from "@causeway/protocol"
import { MetadataList } from "@causeway/protocol"
import type { ResponseHead } from "../../core/exchange.ts"
import type { Status } from "../../core/reply.ts"
import type { ReplyWriter } from "../../core/wire.ts"
import type { CorsGrant } from "../cors.ts"
import { statusFields } from "./status-fields.ts"

/** Writes native gRPC, for clients other than browsers: the status goes into HTTP/2 trailers. */
export class GrpcWriter implements ReplyWriter {
  readonly #suffix: string
  readonly #cors: CorsGrant | null

  constructor(suffix: string, cors: CorsGrant | null) {
    this.#suffix = suffix
    this.#cors = cors
  }

  head(metadata: Metadata, contentType: string): ResponseHead {
    const fields = ["content-type", contentType]
    metadata.appendTo(fields)
    this.#cors?.addFields(fields)
    return { status: 200, fields, hasTrailers: true, omitsDate: true }
  }

  data(frames: Uint8Array): Uint8Array {
    return frames
  }

  end(status: Status): { body: null; trailers: Metadata } {
    const fields: string[] = []
    statusFields(status, fields)
    return { body: null, trailers: new MetadataList(fields) }
  }

  statusOnly(metadata: Metadata, status: Status): ResponseHead {
    const fields = ["content-type", `application/grpc${this.#suffix}`]
    metadata.appendTo(fields)
    statusFields(status, fields)
    this.#cors?.addFields(fields)
    return { status: 200, fields, omitsDate: true }
  }
}
