import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf"
import { create, toBinary } from "@bufbuild/protobuf"
import { WatchResponseSchema } from "@causeway/proto/api/v1/audit_pb"
import { encodeFrame } from "@causeway/protocol"

/** The bytes of gRPC-Web answers, put together by hand so that wrong ones can be made too. */

const encoder = new TextEncoder()

export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text)
}

export function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(parts.flatMap((part) => [...part]))
}

export function messageFrame<O extends DescMessage>(schema: O, init: MessageInitShape<O>): Uint8Array<ArrayBuffer> {
  return encodeFrame(0, toBinary(schema, create(schema, init)))
}

/** A message of `AuditService.Watch` that carries a word. */
export function watchFrame(cursor: string): Uint8Array<ArrayBuffer> {
  return messageFrame(WatchResponseSchema, { caughtUp: { cursor } })
}

/** The last frame, with these lines. */
export function trailerFrame(...lines: readonly string[]): Uint8Array<ArrayBuffer> {
  return encodeFrame(0x80, bytes(lines.map((line) => `${line}\r\n`).join("")))
}

/** The last frame of a call that went well. */
export const okTrailer: Uint8Array<ArrayBuffer> = trailerFrame("grpc-status:0")

/** `whole` in pieces of `size` bytes. */
export function chunked(whole: Uint8Array, size: number): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let at = 0; at < whole.length; at += size) chunks.push(whole.slice(at, at + size))
  return chunks
}
