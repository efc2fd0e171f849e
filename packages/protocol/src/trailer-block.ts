import { flagTrailer, frameHeaderBytes, writeFrameHeader } from "./frame.ts"
import { isBlank, isSafeValue, MetadataList } from "./metadata.ts"
import type { Metadata } from "./metadata.ts"
import { allocateBytes } from "./slab.ts"

/**
 * The payload of gRPC-Web's last frame: trailers as the lines of an HTTP/1.1 head, without the blank line at the end
 * (PROTOCOL-WEB.md, "Message framing"). We write the form that every client reads, `name:value` CRLF, and read every
 * form that servers are known to write.
 */

/**
 * The block for these trailers. Throws a `TypeError` for a name that is not an HTTP token, and for a value that
 * `isSafeValue` refuses, because it could forge a line. Code that accepts metadata from outside must check it first.
 * The result may share its `buffer` with other results.
 */
export function encodeTrailerBlock(metadata: Metadata): Uint8Array<ArrayBuffer> {
  return encodeAfter(0, metadata)
}

/** The block with its frame header, in one piece of memory. Throws as `encodeTrailerBlock` does. */
export function encodeTrailerFrame(metadata: Metadata): Uint8Array<ArrayBuffer> {
  const frame = encodeAfter(frameHeaderBytes, metadata)
  writeFrameHeader(frame, 0, flagTrailer, frame.length - frameHeaderBytes)
  return frame
}

/** The block with `offset` bytes left free before it. */
function encodeAfter(offset: number, metadata: Metadata): Uint8Array<ArrayBuffer> {
  const flat: string[] = []
  metadata.appendTo(flat)
  let length = offset + flat.length + flat.length / 2
  for (let at = 0; at < flat.length; at++) length += flat[at].length
  const out = allocateBytes(length)
  let to = offset
  for (let at = 0; at < flat.length; at += 2) {
    to = writeName(out, to, flat[at])
    out[to++] = colon
    to = writeValue(out, to, flat[at + 1], flat[at])
    out[to++] = carriageReturn
    out[to++] = lineFeed
  }
  return out
}

const colon = 0x3a
const carriageReturn = 0x0d
const lineFeed = 0x0a

/**
 * The lower case of every byte that is valid in an HTTP field name (RFC 9110 §5.6.2, "token"); 0 for all other bytes.
 */
const nameBytes = /* @__PURE__ */ Uint8Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte).toLowerCase()
  return /[\w!#$%&'*+.^`|~-]/.test(char) ? char.charCodeAt(0) : 0
})

function writeName(out: Uint8Array, to: number, name: string): number {
  if (name.length === 0) throw new TypeError("a trailer has an empty name")
  for (let at = 0; at < name.length; at++) {
    const byte = nameBytes[name.charCodeAt(at)]
    if (!byte) throw new TypeError(`${JSON.stringify(name)} is not the name of a trailer: it must be an HTTP token`)
    out[to++] = byte
  }
  return to
}

function writeValue(out: Uint8Array, to: number, value: string, name: string): number {
  for (let at = 0; at < value.length; at++) {
    const char = value.charCodeAt(at)
    if (char > 0xff || char === carriageReturn || char === lineFeed || char === 0) {
      throw new TypeError(`the trailer "${name}" holds CR, LF, NUL or a character above U+00FF: encode it as -bin`)
    }
    out[to++] = char
  }
  return to
}

/**
 * Reads a block leniently: names in any letter case (lower case in the result), spaces and tabs around values, lines
 * that end in LF or CRLF, a last line without an end, blank lines. The result keeps order and duplicates; values are
 * Latin-1. `null` if a line has no colon, or no HTTP token before it, or if a value holds CR or NUL, which HTTP does
 * not allow.
 */
export function parseTrailerBlock(block: Uint8Array): Metadata | null {
  const flat: string[] = []
  const text = latin1(block)
  let at = 0
  while (at < text.length) {
    const feed = text.indexOf("\n", at)
    const end = feed < 0 ? text.length : feed
    const lineEnd = text.charCodeAt(end - 1) === carriageReturn ? end - 1 : end
    if (lineEnd > at && !parseLine(text, at, lineEnd, flat)) return null
    at = end + 1
  }
  return new MetadataList(flat)
}

function parseLine(text: string, from: number, end: number, flat: string[]): boolean {
  let at = from
  while (at < end && nameBytes[text.charCodeAt(at)] !== 0) at++
  if (at === from || text.charCodeAt(at) !== colon) return false
  const name = text.slice(from, at).toLowerCase()
  at++
  while (at < end && isBlank(text.charCodeAt(at))) at++
  while (end > at && isBlank(text.charCodeAt(end - 1))) end--
  const value = text.slice(at, end)
  if (!isSafeValue(value)) return false
  flat.push(name, value)
  return true
}

/**
 * Decodes Latin-1. `TextDecoder("latin1")` would decode windows-1252, and `...bytes` would use an iterator, which takes
 * seven times as long. Works in slices, because the length of an argument list is limited.
 */
function latin1(bytes: Uint8Array): string {
  let text = ""
  for (let at = 0; at < bytes.length; at += 4096) {
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + 4096) as ArrayLike<number> as number[])
  }
  return text
}
