import type { FieldBlock, FieldBlockDecoder } from "./field-block-decoder.ts"

/** Longest block that is kept. */
const maxKeptBytes = 256
const maxKeptBlocks = 16

interface KeptBlock {
  readonly bytes: Uint8Array
  readonly block: FieldBlock
}

/**
 * Decodes field blocks, and remembers those that it has seen. Most replies of a backend begin and end with the same bytes. A block
 * that leaves the table as it is depends on nothing but its bytes and the table, so it need not be decoded twice.
 */
export class FieldBlockCache {
  readonly #decoder: FieldBlockDecoder
  readonly #kept: KeptBlock[] = []
  #generation = 0

  constructor(decoder: FieldBlockDecoder) {
    this.#decoder = decoder
  }

  /** As `FieldBlockDecoder.decode`. */
  decode(bytes: Uint8Array, start: number, end: number): FieldBlock | null {
    const decoder = this.#decoder
    const { generation } = decoder
    if (end - start > maxKeptBytes) return decoder.decode(bytes, start, end)
    if (generation === this.#generation) {
      for (const { bytes: kept, block } of this.#kept) if (isAt(kept, bytes, start, end)) return block
    } else {
      this.#kept.length = 0
      this.#generation = generation
    }
    const block = decoder.decode(bytes, start, end)
    if (block !== null && decoder.generation === generation) {
      if (this.#kept.length === maxKeptBlocks) this.#kept.length = 0
      this.#kept.push({ bytes: bytes.slice(start, end), block })
    }
    return block
  }
}

function isAt(kept: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (kept.length !== end - start) return false
  for (let at = 0; at < kept.length; at++) if (kept[at] !== bytes[start + at]) return false
  return true
}
