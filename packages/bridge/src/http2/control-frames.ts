import { FrameFlag, FrameType, h2FrameHeaderBytes, writeH2FrameHeader, writeUint32 } from "@causeway/protocol/http2"
import type { Outgoing } from "./outgoing.ts"

/** RFC 9113 §6.9. */
export function writeWindowUpdate(out: Outgoing, streamId: number, increment: number): void {
  writeNumber(out, FrameType.WindowUpdate, streamId, increment)
}

/** RFC 9113 §6.4. */
export function writeReset(out: Outgoing, streamId: number, code: number): void {
  writeNumber(out, FrameType.RstStream, streamId, code)
}

/** RFC 9113 §6.5.3. */
export function writeSettingsAck(out: Outgoing): void {
  const at = out.reserve(h2FrameHeaderBytes)
  out.commit(writeH2FrameHeader(out.bytes, at, 0, FrameType.Settings, FrameFlag.Ack, 0))
}

/** RFC 9113 §6.7. `bytes` holds the eight octets at `start`. */
export function writePing(out: Outgoing, flags: number, bytes: Uint8Array, start: number): void {
  const at = out.reserve(h2FrameHeaderBytes + 8)
  const to = writeH2FrameHeader(out.bytes, at, 8, FrameType.Ping, flags, 0)
  for (let i = 0; i < 8; i++) out.bytes[to + i] = bytes[start + i]
  out.commit(to + 8)
}

/** RFC 9113 §6.8. `lastStreamId`: the last stream of the other end that we may process. */
export function writeGoaway(out: Outgoing, lastStreamId: number, code: number): void {
  const at = out.reserve(h2FrameHeaderBytes + 8)
  const to = writeH2FrameHeader(out.bytes, at, 8, FrameType.Goaway, 0, 0)
  out.commit(writeUint32(out.bytes, writeUint32(out.bytes, to, lastStreamId), code))
}

function writeNumber(out: Outgoing, type: number, streamId: number, value: number): void {
  const at = out.reserve(h2FrameHeaderBytes + 4)
  const to = writeH2FrameHeader(out.bytes, at, 4, type, 0, streamId)
  out.commit(writeUint32(out.bytes, to, value))
}
