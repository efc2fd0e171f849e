import { entryOverheadBytes } from "./dynamic-table.ts"
import { maxIntegerBytes, writeInteger } from "./hpack-integer.ts"
import { huffmanLength, writeHuffman } from "./huffman.ts"
import { staticEntries, staticNames, staticValues } from "./static-table.ts"

/** Size of the table that we use at most, whatever the other end allows: its default (RFC 9113 §6.5.2). */
const maxTableBytes = 4096
/** A longer field is not remembered: it would push too many others out. */
const maxRememberedBytes = 512

/** Secrets. A byte-wise guess could find out what the table remembers (RFC 7541 §7.1.3), and no intermediary may remember them. */
const secretNames = ["authorization", "cookie", "set-cookie", "proxy-authorization"]

/** How the fields of one name are written. */
interface NameRule {
  /** Index of the name in the static table. 0: it is not there. */
  readonly nameIndex: number
  /** `remembered`: the other end keeps them in its table. `secret`: nobody on the way may. */
  readonly kind: "remembered" | "plain" | "secret"
  /** Where each value stands: 1 to 61 in the static table, beyond that the number of its insertion plus 62. */
  readonly places: Map<string, number>
}

interface Entry {
  readonly rule: NameRule
  readonly value: string
  readonly bytes: number
}

/**
 * Encodes the field blocks of one connection, in order (RFC 7541 §3). Only the fields of the given names are remembered by the other
 * end, since calls of many clients share the connection: from the length of a block one client could else find out what others
 * sent.
 */
export class FieldBlockEncoder {
  readonly #rules = new Map<string, NameRule>()
  /** The remembered fields, the oldest first. */
  readonly #entries: Entry[] = []
  #bytes = 0
  #inserted = 0
  #maxBytes = maxTableBytes
  /** Table sizes that the other end has not been told yet (RFC 7541 §4.2): the least since the last block, and the last. */
  #untold: { readonly least: number; readonly last: number } | null = null

  /** `rememberedNames`: names whose values are few and no secret. */
  constructor(rememberedNames: readonly string[]) {
    for (let index = staticEntries; index > 0; index--) {
      const name = staticNames[index]
      const places = this.#rules.get(name)?.places ?? new Map<string, number>()
      if (staticValues[index] !== "") places.set(staticValues[index], index)
      this.#rules.set(name, { nameIndex: index, kind: secretNames.includes(name) ? "secret" : "plain", places })
    }
    for (const name of rememberedNames) {
      const { nameIndex, places } = this.#rules.get(name) ?? { nameIndex: 0, places: new Map<string, number>() }
      if (!secretNames.includes(name)) this.#rules.set(name, { nameIndex, kind: "remembered", places })
    }
  }

  /** The other end's SETTINGS_HEADER_TABLE_SIZE. */
  limitTable(bytes: number): void {
    const size = Math.min(bytes, maxTableBytes)
    if (size === this.#maxBytes) return
    this.#untold = { least: Math.min(size, this.#untold?.least ?? this.#maxBytes), last: size }
    this.#maxBytes = size
    this.#evictTo(size)
  }

  /** The most bytes that a block of these fields takes. */
  maxBytes(fields: readonly string[]): number {
    let bytes = 2 * maxIntegerBytes
    for (const text of fields) bytes += text.length + maxIntegerBytes
    return bytes
  }

  /** Writes a block at `at`, with room for `maxBytes`. Returns the offset after it. `fields` is a flat list of names and values. */
  encode(fields: readonly string[], out: Uint8Array, at: number): number {
    if (this.#untold !== null) at = this.#writeSizes(out, at, this.#untold)
    for (let i = 0; i < fields.length; i += 2) {
      const rule = this.#rules.get(fields[i])
      if (rule === undefined)
        at = writeString(out, writeString(out, this.#writeNewName(out, at), fields[i]), fields[i + 1])
      else at = this.#writeKnown(out, at, rule, fields[i], fields[i + 1])
    }
    return at
  }

  #writeNewName(out: Uint8Array, at: number): number {
    out[at] = 0
    return at + 1
  }

  #writeKnown(out: Uint8Array, at: number, rule: NameRule, name: string, value: string): number {
    const place = rule.kind === "secret" ? undefined : rule.places.get(value)
    if (place !== undefined) {
      const index = place <= staticEntries ? place : this.#inserted + 2 * staticEntries + 1 - place
      return writeInteger(out, at, 0x80, 0x7f, index)
    }
    const bytes = name.length + value.length + entryOverheadBytes
    if (rule.kind !== "remembered" || bytes > Math.min(maxRememberedBytes, this.#maxBytes)) {
      // RFC 7541 §6.2.3: a literal that is never indexed.
      at = writeInteger(out, at, rule.kind === "secret" ? 0x10 : 0, 0x0f, rule.nameIndex)
      if (rule.nameIndex === 0) at = writeString(out, at, name)
      return writeString(out, at, value)
    }
    this.#remember(rule, value, bytes)
    at = writeInteger(out, at, 0x40, 0x3f, rule.nameIndex)
    // These are written once. So it is worth the time to shorten them.
    if (rule.nameIndex === 0) at = writeShortString(out, at, name)
    return writeShortString(out, at, value)
  }

  #remember(rule: NameRule, value: string, bytes: number): void {
    this.#evictTo(this.#maxBytes - bytes)
    rule.places.set(value, ++this.#inserted + staticEntries)
    this.#entries.push({ rule, value, bytes })
    this.#bytes += bytes
  }

  #evictTo(bytes: number): void {
    while (this.#bytes > bytes) {
      const oldest = this.#entries.shift()
      if (oldest === undefined) return
      oldest.rule.places.delete(oldest.value)
      this.#bytes -= oldest.bytes
    }
  }

  #writeSizes(out: Uint8Array, at: number, { least, last }: { least: number; last: number }): number {
    this.#untold = null
    if (least < last) at = writeInteger(out, at, 0x20, 0x1f, least)
    return writeInteger(out, at, 0x20, 0x1f, last)
  }
}

/** A string as it is (RFC 7541 §5.2): on the hot path a Huffman code would cost more time than its bytes. */
function writeString(out: Uint8Array, at: number, text: string): number {
  const { length } = text
  at = writeInteger(out, at, 0, 0x7f, length)
  for (let from = 0; from < length; from++) out[at++] = text.charCodeAt(from)
  return at
}

/** A string in Huffman code, if that is shorter. */
function writeShortString(out: Uint8Array, at: number, text: string): number {
  const length = huffmanLength(text)
  if (length >= text.length) return writeString(out, at, text)
  return writeHuffman(out, writeInteger(out, at, 0x80, 0x7f, length), text)
}
