import {
  defaultMaxFrameBytes,
  FieldBlockEncoder,
  FrameFlag,
  FrameType,
  h2FrameHeaderBytes,
  writeH2FrameHeader,
} from "@causeway/protocol/http2"
import type { Outgoing } from "./outgoing.ts"

/** Writes heads and trailers. */
export class HeadWriter {
  readonly #out: Outgoing
  readonly #encoder: FieldBlockEncoder

  /** `rememberedNames`: fields whose values are few and no secret. The other end keeps them, and each takes one octet from then on. */
  constructor(out: Outgoing, rememberedNames: readonly string[]) {
    this.#out = out
    this.#encoder = new FieldBlockEncoder(rememberedNames)
  }

  /** The other end's SETTINGS_HEADER_TABLE_SIZE. */
  limitTable(bytes: number): void {
    this.#encoder.limitTable(bytes)
  }

  /** Writes a head. */
  write(streamId: number, fields: readonly string[], endsStream: boolean): void {
    const maxBytes = this.#encoder.maxBytes(fields)
    if (maxBytes > defaultMaxFrameBytes) {
      this.#writeLong(streamId, fields, maxBytes, endsStream)
      return
    }
    const out = this.#out
    const at = out.reserve(h2FrameHeaderBytes + maxBytes)
    const start = at + h2FrameHeaderBytes
    const end = this.#encoder.encode(fields, out.bytes, start)
    writeH2FrameHeader(
      out.bytes,
      at,
      end - start,
      FrameType.Headers,
      FrameFlag.EndHeaders | endFlag(endsStream),
      streamId,
    )
    out.commit(end)
  }

  /** A head that may need CONTINUATIONs (RFC 9113 §6.10). Nothing may come between them, and nothing does within one call. */
  #writeLong(streamId: number, fields: readonly string[], maxBytes: number, endsStream: boolean): void {
    const out = this.#out
    const block = new Uint8Array(maxBytes)
    const end = this.#encoder.encode(fields, block, 0)
    for (let from = 0; from < end; from += defaultMaxFrameBytes) {
      const part = block.subarray(from, Math.min(end, from + defaultMaxFrameBytes))
      const type = from === 0 ? FrameType.Headers : FrameType.Continuation
      const flags = (from + part.length === end ? FrameFlag.EndHeaders : 0) | endFlag(endsStream && from === 0)
      const at = out.reserve(h2FrameHeaderBytes + part.length)
      const to = writeH2FrameHeader(out.bytes, at, part.length, type, flags, streamId)
      out.bytes.set(part, to)
      out.commit(to + part.length)
    }
  }
}

function endFlag(endsStream: boolean): number {
  return endsStream ? FrameFlag.EndStream : 0
}
