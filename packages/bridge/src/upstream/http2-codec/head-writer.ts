import {
  defaultMaxFrameBytes,
  FieldBlockEncoder,
  FrameFlag,
  FrameType,
  h2FrameHeaderBytes,
  writeH2FrameHeader,
} from "@causeway/protocol/http2"
import type { Outgoing } from "./outgoing.ts"

/** Fields whose values are few and no secret. The backend keeps them, and each takes one octet from then on. */
const rememberedNames = [":path", ":authority", "te", "content-type", "grpc-encoding", "grpc-accept-encoding"]

/** Writes the heads of requests. */
export class HeadWriter {
  readonly #out: Outgoing
  readonly #encoder = new FieldBlockEncoder(rememberedNames)

  constructor(out: Outgoing) {
    this.#out = out
  }

  /** The backend's SETTINGS_HEADER_TABLE_SIZE. */
  limitTable(bytes: number): void {
    this.#encoder.limitTable(bytes)
  }

  /** Writes a head. Its body follows. */
  write(streamId: number, fields: readonly string[]): void {
    const maxBytes = this.#encoder.maxBytes(fields)
    if (maxBytes > defaultMaxFrameBytes) {
      this.#writeLong(streamId, fields, maxBytes)
      return
    }
    const out = this.#out
    const at = out.reserve(h2FrameHeaderBytes + maxBytes)
    const start = at + h2FrameHeaderBytes
    const end = this.#encoder.encode(fields, out.bytes, start)
    writeH2FrameHeader(out.bytes, at, end - start, FrameType.Headers, FrameFlag.EndHeaders, streamId)
    out.commit(end)
  }

  /** A head that may need CONTINUATIONs (RFC 9113 §6.10). Nothing may come between them, and nothing does within one call. */
  #writeLong(streamId: number, fields: readonly string[], maxBytes: number): void {
    const out = this.#out
    const block = new Uint8Array(maxBytes)
    const end = this.#encoder.encode(fields, block, 0)
    for (let from = 0; from < end; from += defaultMaxFrameBytes) {
      const part = block.subarray(from, Math.min(end, from + defaultMaxFrameBytes))
      const type = from === 0 ? FrameType.Headers : FrameType.Continuation
      const flags = from + part.length === end ? FrameFlag.EndHeaders : 0
      const at = out.reserve(h2FrameHeaderBytes + part.length)
      const to = writeH2FrameHeader(out.bytes, at, part.length, type, flags, streamId)
      out.bytes.set(part, to)
      out.commit(to + part.length)
    }
  }
}
