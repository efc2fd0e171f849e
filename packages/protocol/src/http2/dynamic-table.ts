/** What an entry costs beside its octets (RFC 7541 §4.1). */
export const entryOverheadBytes = 32

/** The fields that the other end has told us to remember, the newest first (RFC 7541 §2.3.2). */
export class DynamicTable {
  readonly #limitBytes: number
  /** Rings, whose length is a power of two. */
  readonly #names: string[]
  readonly #values: string[]
  readonly #flaws: Uint8Array
  readonly #mask: number
  #maxBytes: number
  #bytes = 0
  #inserted = 0
  #evicted = 0

  /** `limitBytes`: our SETTINGS_HEADER_TABLE_SIZE. The other end may choose less. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
    this.#maxBytes = limitBytes
    const slots = 2 ** Math.ceil(Math.log2(Math.max(1, limitBytes / entryOverheadBytes)))
    this.#names = Array.from({ length: slots }, () => "")
    this.#values = Array.from({ length: slots }, () => "")
    this.#flaws = new Uint8Array(slots)
    this.#mask = slots - 1
  }

  /** Number of entries. */
  get size(): number {
    return this.#inserted - this.#evicted
  }

  /** Size as RFC 7541 §4.1 counts it. */
  get bytes(): number {
    return this.#bytes
  }

  /** The name of the entry that is `age` younger ones away from the newest, which has age 0. Expects `age` below `size`. */
  name(age: number): string {
    return this.#names[(this.#inserted - 1 - age) & this.#mask]
  }

  /** The value of that entry. */
  value(age: number): string {
    return this.#values[(this.#inserted - 1 - age) & this.#mask]
  }

  /** The flaws of that entry, as they were given to `insert`. */
  flaws(age: number): number {
    return this.#flaws[(this.#inserted - 1 - age) & this.#mask]
  }

  /** Remembers a field, and its flaws. One that is larger than the table empties it (RFC 7541 §4.4). */
  insert(name: string, value: string, flaws: number = 0): void {
    const bytes = name.length + value.length + entryOverheadBytes
    this.#evictTo(this.#maxBytes - bytes)
    if (bytes > this.#maxBytes) return
    const slot = this.#inserted++ & this.#mask
    this.#names[slot] = name
    this.#values[slot] = value
    this.#flaws[slot] = flaws
    this.#bytes += bytes
  }

  /** The other end chooses another size (RFC 7541 §6.3). False: it is larger than our limit. */
  resize(maxBytes: number): boolean {
    if (maxBytes > this.#limitBytes) return false
    this.#maxBytes = maxBytes
    this.#evictTo(maxBytes)
    return true
  }

  #evictTo(bytes: number): void {
    while (this.#bytes > bytes && this.#evicted < this.#inserted) {
      const slot = this.#evicted++ & this.#mask
      this.#bytes -= this.#names[slot].length + this.#values[slot].length + entryOverheadBytes
      this.#names[slot] = this.#values[slot] = ""
    }
  }
}
