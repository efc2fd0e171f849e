import { decodeHuffman } from "./huffman.ts"

/** RFC 7541, Appendix A: names and values in turn. */
const staticTable: readonly (readonly [name: string, value: string])[] = [
  ...[":authority", ":method GET", ":method POST", ":path /", ":path /index.html", ":scheme http", ":scheme https"],
  ...[":status 200", ":status 204", ":status 206", ":status 304", ":status 400", ":status 404", ":status 500"],
  ...["accept-charset", "accept-encoding gzip, deflate", "accept-language", "accept-ranges", "accept"],
  ...["access-control-allow-origin", "age", "allow", "authorization", "cache-control", "content-disposition"],
  ...["content-encoding", "content-language", "content-length", "content-location", "content-range", "content-type"],
  ...["cookie", "date", "etag", "expect", "expires", "from", "host", "if-match", "if-modified-since", "if-none-match"],
  ...["if-range", "if-unmodified-since", "last-modified", "link", "location", "max-forwards", "proxy-authenticate"],
  ...["proxy-authorization", "range", "referer", "refresh", "retry-after", "server", "set-cookie"],
  ...["strict-transport-security", "transfer-encoding", "user-agent", "vary", "via", "www-authenticate"],
].map((entry) => {
  const blank = entry.indexOf(" ")
  return blank < 0 ? [entry, ""] : [entry.slice(0, blank), entry.slice(blank + 1)]
})

const entryOverheadBytes = 32

/**
 * Reads the header blocks of one direction of a connection, in order: each block can change the meaning of the next.
 */
export class HpackDecoder {
  readonly #dynamic: (readonly [name: string, value: string])[] = []
  #dynamicBytes = 0
  #maxBytes = 4_096
  #block: Buffer = Buffer.alloc(0)
  #at = 0

  /**
   * The fields of a complete block, as a flat list of names and Latin-1 values. Throws for a block that is not HPACK.
   */
  decode(block: Buffer): string[] {
    this.#block = block
    this.#at = 0
    const fields: string[] = []
    while (this.#at < block.length) fields.push(...this.#representation(block[this.#at]))
    return fields
  }

  /** RFC 7541 §6: the first bits select the representation. */
  #representation(first: number): readonly string[] {
    if (first >= 0x80) return this.#entry(this.#integer(7))
    if (first >= 0x40) return this.#insert(this.#literal(6))
    if (first < 0x20) return this.#literal(4)
    this.#maxBytes = this.#integer(5)
    this.#evict()
    return []
  }

  #literal(prefixBits: number): readonly [string, string] {
    const index = this.#integer(prefixBits)
    const name = index === 0 ? this.#string() : this.#entry(index)[0]
    return [name, this.#string()]
  }

  #entry(index: number): readonly [string, string] {
    const entry = index <= staticTable.length ? staticTable[index - 1] : this.#dynamic[index - staticTable.length - 1]
    if (entry === undefined) throw new Error(`HPACK: no entry has the index ${index}`)
    return entry
  }

  #insert(entry: readonly [string, string]): readonly [string, string] {
    this.#dynamic.unshift(entry)
    this.#dynamicBytes += sizeOf(entry)
    this.#evict()
    return entry
  }

  #evict(): void {
    while (this.#dynamicBytes > this.#maxBytes) {
      const oldest = this.#dynamic.pop()
      if (oldest === undefined) return
      this.#dynamicBytes -= sizeOf(oldest)
    }
  }

  /** RFC 7541 §5.1. */
  #integer(prefixBits: number): number {
    const full = 2 ** prefixBits - 1
    const value = this.#byte() & full
    if (value < full) return value
    let rest = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#byte()
      rest += (byte & 0x7f) * scale
      if (byte < 0x80) return full + rest
    }
  }

  /** RFC 7541 §5.2. */
  #string(): string {
    const isHuffman = this.#block[this.#at] >= 0x80
    const length = this.#integer(7)
    const bytes = this.#block.subarray(this.#at, this.#at + length)
    if (bytes.length < length) throw new Error("HPACK: the block ends inside a string")
    this.#at += length
    return (isHuffman ? decodeHuffman(bytes) : bytes).toString("latin1")
  }

  #byte(): number {
    const byte = this.#block[this.#at++]
    if (byte === undefined) throw new Error("HPACK: the block ends inside an integer")
    return byte
  }
}

function sizeOf([name, value]: readonly [string, string]): number {
  return name.length + value.length + entryOverheadBytes
}
