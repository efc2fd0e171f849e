import { DynamicTable } from "./dynamic-table.ts"
import { IntegerReader } from "./hpack-integer.ts"
import { decodeHuffman, maxHuffmanOutput } from "./huffman.ts"
import { Flaw, nameFlaws, valueFlaws } from "./field-flaws.ts"
import { staticEntries, staticNames, staticValues } from "./static-table.ts"

/** A decoded head or trailers. */
export interface FieldBlock {
  /** A flat list of names and values, in order. Incomplete if there is a problem. Several messages may share it. */
  readonly fields: readonly string[]
  /** Size of all names and values, in octets. */
  readonly bytes: number
  /** Number of all fields. */
  readonly count: number
  /**
   * `too-large`: more octets or fields than allowed. `malformed`: a name that RFC 9113 §8.2.1 forbids; a field
   * whose value it forbids is left out. Either concerns one
   * stream only, since the table of the connection is still in step.
   */
  readonly problem: "too-large" | "malformed" | null
}

/** Options of a decoder. */
export interface FieldBlockDecoderOptions {
  /** Our SETTINGS_HEADER_TABLE_SIZE. */
  readonly maxTableBytes: number
  /** Limit for the octets of the names and values of one block. */
  readonly maxBlockBytes: number
  /** Limit for the number of fields of one block: a field may take one octet on the wire. */
  readonly maxFields: number
  /** Makes a string of octets, one character each (Latin-1). A platform may have a faster way than ours. */
  readonly readText?: (bytes: Uint8Array, start: number, end: number) => string
}

/** Characters of the longest text that is made with one call: more arguments may not fit on the stack. */
const maxCallArguments = 4096

function readTextPortably(bytes: Uint8Array, start: number, end: number): string {
  let text = ""
  for (let at = start; at < end; at += maxCallArguments) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(end, at + maxCallArguments)))
  }
  return text
}

/** Decodes the field blocks of one connection, in order (RFC 7541 §3). */
export class FieldBlockDecoder {
  readonly #options: FieldBlockDecoderOptions
  readonly #readText: (bytes: Uint8Array, start: number, end: number) => string
  readonly #table: DynamicTable
  readonly #integer = new IntegerReader()
  #scratch = new Uint8Array(0)
  #generation = 0
  // The block that is read.
  #fields: string[] = []
  #bytes = 0
  #count = 0
  #isMalformed = false

  constructor(options: FieldBlockDecoderOptions) {
    this.#options = options
    this.#readText = options.readText ?? readTextPortably
    this.#table = new DynamicTable(options.maxTableBytes)
  }

  /** Changes whenever the table does. A block that leaves it unchanged decodes in the same way again. */
  get generation(): number {
    return this.#generation
  }

  /** Decodes a block. Null: it is no HPACK, and nothing of this connection can be decoded any more (RFC 7541 §2.2). */
  decode(bytes: Uint8Array, start: number, end: number): FieldBlock | null {
    this.#fields = []
    this.#bytes = 0
    this.#count = 0
    this.#isMalformed = false
    this.#integer.at = start
    while (this.#integer.at < end) if (!this.#readField(bytes, end)) return null
    const problem = this.#isTooLarge ? "too-large" : this.#isMalformed ? "malformed" : null
    return { fields: this.#fields, bytes: this.#bytes, count: this.#count, problem }
  }

  get #isTooLarge(): boolean {
    return this.#bytes > this.#options.maxBlockBytes || this.#count > this.#options.maxFields
  }

  #readField(bytes: Uint8Array, end: number): boolean {
    const octet = bytes[this.#integer.at]
    if (octet >= 0x80) return this.#readIndexed(bytes, end)
    if (octet >= 0x40) return this.#readLiteral(bytes, end, 0x3f, true)
    if (octet >= 0x20) return this.#resize(bytes, end)
    return this.#readLiteral(bytes, end, 0x0f, false)
  }

  /** RFC 7541 §6.1. */
  #readIndexed(bytes: Uint8Array, end: number): boolean {
    const index = this.#integer.read(bytes, end, 0x7f)
    if (!this.#isKnown(index)) return false
    const age = index - staticEntries - 1
    if (age < 0) this.#add(staticNames[index], staticValues[index], 0)
    else this.#add(this.#table.name(age), this.#table.value(age), this.#table.flaws(age))
    return true
  }

  /** RFC 7541 §6.2. */
  #readLiteral(bytes: Uint8Array, end: number, prefix: number, isRemembered: boolean): boolean {
    const index = this.#integer.read(bytes, end, prefix)
    if (index !== 0 && !this.#isKnown(index)) return false
    const age = index - staticEntries - 1
    const name = index === 0 ? this.#readString(bytes, end) : age < 0 ? staticNames[index] : this.#table.name(age)
    const value = name === null ? null : this.#readString(bytes, end)
    if (name === null || value === null) return false
    const ofName = index === 0 ? nameFlaws(name) : age < 0 ? 0 : this.#table.flaws(age) & Flaw.badName
    const flaws = ofName | valueFlaws(value)
    if (isRemembered) {
      this.#generation++
      this.#table.insert(name, value, flaws)
    }
    this.#add(name, value, flaws)
    return true
  }

  /** RFC 7541 §6.3, §4.2: a new size may come at the beginning of a block only. */
  #resize(bytes: Uint8Array, end: number): boolean {
    const size = this.#integer.read(bytes, end, 0x1f)
    if (size === -1 || this.#count > 0) return false
    this.#generation++
    return this.#table.resize(size)
  }

  #isKnown(index: number): boolean {
    return index > 0 && index <= staticEntries + this.#table.size
  }

  #add(name: string, value: string, flaws: number): void {
    this.#count++
    this.#bytes += name.length + value.length
    if (flaws === 0 && !this.#isTooLarge) this.#fields.push(name, value)
    else if ((flaws & Flaw.badName) !== 0) this.#isMalformed = true
  }

  /** RFC 7541 §5.2. Null: the bytes end before the string does, or its Huffman code is wrong. */
  #readString(bytes: Uint8Array, end: number): string | null {
    if (this.#integer.at >= end) return null
    const isHuffman = bytes[this.#integer.at] >= 0x80
    const length = this.#integer.read(bytes, end, 0x7f)
    const start = this.#integer.at
    if (length === -1 || length > end - start) return null
    this.#integer.at = start + length
    if (!isHuffman) return this.#readText(bytes, start, start + length)
    if (this.#scratch.length < maxHuffmanOutput(length)) this.#scratch = new Uint8Array(maxHuffmanOutput(length))
    const decoded = decodeHuffman(bytes, start, start + length, this.#scratch)
    return decoded === -1 ? null : this.#readText(this.#scratch, 0, decoded)
  }
}
