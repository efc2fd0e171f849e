import { encodeFrame } from "@causeway/protocol"
import { ProtobufReader, wireType } from "../protobuf-reader.ts"

/** `HealthCheckResponse.ServingStatus.SERVING`. */
const serving = 1

/** The frame of a `grpc.health.v1.HealthCheckRequest` for this service. */
export function encodeHealthRequest(service: string): Uint8Array {
  const name = new TextEncoder().encode(service)
  if (name.length === 0) return encodeFrame(0, name)
  return encodeFrame(0, Uint8Array.of((1 << 3) | wireType.bytes, ...varint(name.length), ...name))
}

/** Reads a `grpc.health.v1.HealthCheckResponse`. True: SERVING. Null: it is malformed. */
export function readIsServing(payload: Uint8Array): boolean | null {
  const reader = new ProtobufReader(payload)
  let status = 0
  while (reader.next()) if (reader.field === 1 && reader.wireType === wireType.varint) status = reader.varint
  return reader.isMalformed ? null : status === serving
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)]
}
