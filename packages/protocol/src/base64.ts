import { allocateBytes } from "./slab.ts"

/**
 * Base64 as gRPC-Web's text mode uses it (PROTOCOL-WEB.md, "Protocol differences"). A body is a sequence of segments,
 * each with or without padding, and the network cuts it anywhere. The alphabet is the standard one (RFC 4648 §4),
 * without white space.
 */

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
/** The character "=". */
const padding = 0x3d
/** A bit above every sextet, so that one comparison checks four entries joined by "or". */
const notInAlphabet = 0x40

const charOfSextet = /* @__PURE__ */ Uint8Array.from(alphabet, (char) => char.charCodeAt(0))
const sextetOfChar = /* @__PURE__ */ Uint8Array.from({ length: 256 }, (_, char) => {
  const sextet = alphabet.indexOf(String.fromCharCode(char))
  return sextet < 0 ? notInAlphabet : sextet
})

const noBytes = /* @__PURE__ */ new Uint8Array(0)

/**
 * Decodes a base64 stream that arrives in chunks of any size. Padding ends a segment and the next character begins
 * another, so segments that were encoded one by one can be joined. Bits left over before padding are ignored, as `atob`
 * does. Between two pushes the decoder holds at most three characters; time is linear in the characters.
 */
export class Base64Decoder {
  /** The sextets of the unfinished group, and their number: 0 to 3. */
  #bits = 0
  #count = 0
  /** True after "xx=": only a second "=" may follow. */
  #owesPadding = false
  #isBroken = false

  /**
   * Takes the next characters (ASCII bytes) and returns the bytes that they complete, in new memory; often none. `null`
   * means that the stream is not base64: a byte outside the alphabet, or padding where a group cannot end. Every
   * further push then returns `null` too.
   */
  push(chunk: Uint8Array): Uint8Array<ArrayBuffer> | null {
    const bytes = this.pushUpToError(chunk)
    return this.#isBroken ? null : bytes
  }

  /** True once the stream has turned out not to be base64. */
  get isBroken(): boolean {
    return this.#isBroken
  }

  /**
   * Like `push`, but also returns the bytes before an error. Further pushes return no bytes; `isBroken` says that an
   * error was found.
   */
  pushUpToError(chunk: Uint8Array): Uint8Array<ArrayBuffer> {
    if (this.#isBroken) return noBytes
    // Exact for a single segment: cutting a view from a small array would move it out of V8's heap, which costs 0.7 µs.
    const characters = this.#count + chunk.length - trailingPadding(chunk)
    const capacity = Math.floor((characters * 3) / 4)
    const out = new Uint8Array(capacity)
    let written = 0
    let at = 0
    while (at < chunk.length) {
      if (this.#count === 0) {
        const groups = decodeWholeGroups(chunk, at, out, written)
        at += groups * 4
        written += groups * 3
        if (at === chunk.length) break
      }
      const grown = this.#step(chunk[at++], out, written)
      if (grown < 0) {
        this.#isBroken = true
        break
      }
      written = grown
    }
    return written === capacity ? out : out.subarray(0, written)
  }

  /**
   * Ends the stream and returns the one or two bytes of a last group without padding; usually none. `null` means that
   * the stream cannot end here: a single character carries no whole byte. Push nothing afterwards.
   */
  end(): Uint8Array<ArrayBuffer> | null {
    if (this.#isBroken || this.#count === 1) return null
    if (this.#count === 0) return noBytes
    const out = new Uint8Array(this.#count - 1)
    this.#closeGroup(out, 0)
    return out
  }

  /**
   * Takes one character that is not part of a whole group. Returns the number of bytes written so far, or -1 if the
   * character is not allowed here.
   */
  #step(char: number, out: Uint8Array, written: number): number {
    if (char === padding) {
      if (this.#count === 3 || this.#owesPadding) return this.#closeGroup(out, written)
      if (this.#count !== 2) return -1
      this.#owesPadding = true
      return written
    }
    const sextet = sextetOfChar[char]
    if (sextet === notInAlphabet || this.#owesPadding) return -1
    this.#bits = (this.#bits << 6) | sextet
    if (++this.#count < 4) return written
    out[written] = this.#bits >> 16
    out[written + 1] = this.#bits >> 8
    out[written + 2] = this.#bits
    this.#bits = this.#count = 0
    return written + 3
  }

  /** Writes the bytes of a group of two or three characters. */
  #closeGroup(out: Uint8Array, written: number): number {
    const bits = this.#count === 2 ? this.#bits << 12 : this.#bits << 6
    out[written++] = bits >> 16
    if (this.#count === 3) out[written++] = bits >> 8
    this.#bits = this.#count = 0
    this.#owesPadding = false
    return written
  }
}

function trailingPadding(chunk: Uint8Array): number {
  if (chunk.at(-1) !== padding) return 0
  return chunk.at(-2) === padding ? 2 : 1
}

/** Decodes groups of four characters up to the first that is cut, padded or wrong. Returns the number of groups. */
function decodeWholeGroups(chunk: Uint8Array, from: number, out: Uint8Array, to: number): number {
  const end = chunk.length - 3
  let at = from
  for (; at < end; at += 4) {
    const a = sextetOfChar[chunk[at]]
    const b = sextetOfChar[chunk[at + 1]]
    const c = sextetOfChar[chunk[at + 2]]
    const d = sextetOfChar[chunk[at + 3]]
    if ((a | b | c | d) >= notInAlphabet) break
    out[to++] = (a << 2) | (b >> 4)
    out[to++] = (b << 4) | (c >> 2)
    out[to++] = (c << 6) | d
  }
  return (at - from) >> 2
}

/**
 * Encodes bytes as one padded segment, in ASCII: 4 characters for every 3 bytes begun. The result may share its
 * `buffer` with other results.
 */
export function encodeBase64(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = allocateBytes(Math.ceil(bytes.length / 3) * 4)
  const whole = bytes.length - (bytes.length % 3)
  let to = 0
  for (let at = 0; at < whole; at += 3) {
    const bits = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2]
    out[to++] = charOfSextet[bits >> 18]
    out[to++] = charOfSextet[(bits >> 12) & 63]
    out[to++] = charOfSextet[(bits >> 6) & 63]
    out[to++] = charOfSextet[bits & 63]
  }
  if (whole < bytes.length) {
    const hasTwo = whole + 1 < bytes.length
    const bits = (bytes[whole] << 16) | (hasTwo ? bytes[whole + 1] << 8 : 0)
    out[to++] = charOfSextet[bits >> 18]
    out[to++] = charOfSextet[(bits >> 12) & 63]
    out[to++] = hasTwo ? charOfSextet[(bits >> 6) & 63] : padding
    out[to] = padding
  }
  return out
}
