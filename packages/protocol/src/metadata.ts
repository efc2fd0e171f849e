import { Base64Decoder, encodeBase64 } from "./base64.ts"

/**
 * The headers or trailers of a call: a list of names and values that keeps order and duplicates. Names are lower case;
 * values are Latin-1, one character for each byte of the wire. It is an interface so that an implementation can parse
 * received bytes on demand.
 */
export interface Metadata extends Iterable<readonly [name: string, value: string]> {
  /** The number of entries; a name with two values counts twice. */
  readonly size: number
  /** The first value of a name (lower case), or `null`. */
  get(name: string): string | null
  /** All values of a name (lower case) in their order. */
  getAll(name: string): string[]
  /** Whether there is an entry of this name (lower case). */
  has(name: string): boolean
  /** Adds an entry at the end. The caller must pass a lower-case name and a Latin-1 value: nothing is checked here. */
  append(name: string, value: string): void
  /** Pushes name, value, name, value … to the end of `flat`: the form that node:http and node:http2 take. */
  appendTo(flat: string[]): void
}

/** Metadata in an array. Calls carry a dozen entries: a search costs less than an index. */
export class MetadataList implements Metadata {
  readonly #flat: string[]

  /** Takes ownership of `flat`, a list of name, value, name, value …: the caller must not change it afterwards. */
  constructor(flat: string[] = []) {
    this.#flat = flat
  }

  get size(): number {
    return this.#flat.length / 2
  }

  get(name: string): string | null {
    const flat = this.#flat
    for (let at = 0; at < flat.length; at += 2) {
      if (flat[at] === name) return flat[at + 1]
    }
    return null
  }

  getAll(name: string): string[] {
    const flat = this.#flat
    const values: string[] = []
    for (let at = 0; at < flat.length; at += 2) {
      if (flat[at] === name) values.push(flat[at + 1])
    }
    return values
  }

  has(name: string): boolean {
    return this.get(name) !== null
  }

  append(name: string, value: string): void {
    this.#flat.push(name, value)
  }

  appendTo(flat: string[]): void {
    const own = this.#flat
    for (let at = 0; at < own.length; at++) flat.push(own[at])
  }

  *[Symbol.iterator](): Generator<readonly [name: string, value: string], void> {
    const flat = this.#flat
    for (let at = 0; at < flat.length; at += 2) yield [flat[at], flat[at + 1]]
  }
}

class EmptyMetadata extends MetadataList {
  override append(name: string): never {
    throw new TypeError(`cannot append "${name}" to emptyMetadata, which all calls share: make a new MetadataList`)
  }
}

/** Metadata without entries, shared by all calls. `append` throws a `TypeError`. */
export const emptyMetadata: Metadata = /* @__PURE__ */ new EmptyMetadata()

/** Whether a name is valid in gRPC metadata: one or more of 0-9 a-z _ . - (PROTOCOL-HTTP2.md, "Header-Name"). */
export function isMetadataName(name: string): boolean {
  for (let at = 0; at < name.length; at++) {
    const char = name.charCodeAt(at)
    const isLetter = char >= 0x61 && char <= 0x7a
    const isDigit = char >= 0x30 && char <= 0x39
    if (!isLetter && !isDigit && char !== 0x2d && char !== 0x5f && char !== 0x2e) return false
  }
  return name.length > 0
}

/**
 * Whether a value may be forwarded unchanged: Latin-1 without CR, LF and NUL. Only these three could forge a line of a
 * trailer block or of an HTTP/1.1 head. All other bytes are passed through (RFC 9110 §5.5).
 */
export function isSafeValue(value: string): boolean {
  for (let at = 0; at < value.length; at++) {
    const char = value.charCodeAt(at)
    if (char > 0xff || char === 0x0d || char === 0x0a || char === 0) return false
  }
  return true
}

// Created on first use: few calls have binary metadata.
let asciiDecoder: TextDecoder | undefined
let utf8Encoder: TextEncoder | undefined

/** The value of a `-bin` entry for these bytes: base64 without padding (PROTOCOL-HTTP2.md, "Binary-Header"). */
export function encodeBinaryValue(bytes: Uint8Array): string {
  const unpaddedLength = Math.ceil((bytes.length * 4) / 3)
  asciiDecoder ??= new TextDecoder()
  return asciiDecoder.decode(encodeBase64(bytes).subarray(0, unpaddedLength))
}

/**
 * The byte strings in the value of a `-bin` entry: usually one, or several if an intermediary joined duplicates with
 * commas. Padding is optional; an empty item is an empty byte string. `null` if any item is not base64.
 */
export function decodeBinaryValue(value: string): Uint8Array[] | null {
  const items: Uint8Array[] = []
  for (const item of value.split(",")) {
    const bytes = decodeItem(item)
    if (bytes === null) return null
    items.push(bytes)
  }
  return items
}

/**
 * Appends each value of a `-bin` entry as an entry of its own, and gives their number. Browsers and intermediaries join values
 * with commas, which servers need not take apart. Values are neither decoded nor judged.
 */
export function appendBinaryValues(name: string, value: string, flat: string[]): number {
  const values = value.split(",")
  for (const item of values) flat.push(name, item.trim())
  return values.length
}

function decodeItem(item: string): Uint8Array | null {
  // A list may have spaces and tabs around its items (RFC 9110 §5.6.1).
  const match = /^[ \t]*([^= \t]*)(=*)[ \t]*$/.exec(item)
  if (match === null) return null
  const [, data, padding] = match
  // Padding may be missing, but must not exceed what completes the last group.
  const missing = -data.length & 3
  if (padding.length > missing) return null
  // A character above U+007F becomes bytes outside the base64 alphabet, so the decoder refuses it.
  utf8Encoder ??= new TextEncoder()
  return new Base64Decoder().push(utf8Encoder.encode(data + "=".repeat(missing)))
}

/** Whether a character is optional white space around HTTP values: space or tab (RFC 9110 §5.6.3, "OWS"). */
export function isBlank(char: number): boolean {
  return char === 0x20 || char === 0x09
}
