import { Base64Decoder } from "@causeway/protocol"
import type { Status } from "../../core/reply.ts"
import type { FrameReader } from "../../core/wire.ts"
import { GrpcWebWriter } from "./grpc-web.ts"

/** Reads the text wire's request: base64, padded anywhere (PROTOCOL-WEB). */
export function createTextReader(): FrameReader {
  return new Base64Decoder()
}

/** Writes gRPC-Web text: frames as base64. Each write is padded by itself, so that a page can decode it at once. */
export class GrpcWebTextWriter extends GrpcWebWriter {
  override data(frames: Uint8Array): Uint8Array {
    return encode(frames)
  }

  override end(status: Status): { body: Uint8Array; trailers: null } {
    return { body: encode(super.end(status).body), trailers: null }
  }
}

function encode(bytes: Uint8Array): Uint8Array {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Buffer.from(view.toString("base64"), "latin1")
}
