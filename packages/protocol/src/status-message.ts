/**
 * The percent-encoding of grpc-message (PROTOCOL-HTTP2.md, "Status-Message"): UTF-8 in which every byte but printable
 * ASCII without "%" is escaped. Nothing here throws: an unreadable message must not hide the status that it explains.
 */

// Created on first use: a page that imports the package may never encode a message.
let utf8Encoder: TextEncoder | undefined

const percent = 0x25

/** Percent-encodes any text; a lone surrogate becomes U+FFFD. Text that needs no encoding is returned unchanged. */
export function encodeStatusMessage(text: string): string {
  if (isPlain(text)) return text
  utf8Encoder ??= new TextEncoder()
  let encoded = ""
  for (const byte of utf8Encoder.encode(text)) {
    encoded += isPrintable(byte) && byte !== percent ? String.fromCharCode(byte) : percentEncoded[byte]
  }
  return encoded
}

/**
 * Decodes a received grpc-message. Raw bytes above 0x7F, which a Latin-1 string holds as characters, count as UTF-8
 * like escaped bytes. Invalid UTF-8 becomes U+FFFD. A "%" without two hex digits after it is a plain "%".
 */
export function decodeStatusMessage(value: string): string {
  // HTTP bytes never give a character above U+00FF. If there is one all the same, it is decoded text already.
  const escaped = value.replace(/\p{Cs}/gu, "\uFFFD").replace(/[^\0-\xff]+/g, encodeURIComponent)
  const latin1 = escaped.replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  // Without ignoreBOM a message that begins with U+FEFF would lose it.
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(latin1, (char) => char.charCodeAt(0)))
}

/**
 * Makes a backend's grpc-message safe for every client: a stray "%", control characters and raw bytes above 0x7E are
 * percent-encoded, and invalid UTF-8 becomes `%EF%BF%BD`. A valid value is returned unchanged.
 */
export function normalizeStatusMessage(value: string): string {
  const isSafe = isPrintableWithEscapes(value)
  // Escapes of ASCII are always valid; escapes of other bytes must form UTF-8 together.
  if (isSafe && !/%[89a-f]/i.test(value)) return value
  const text = decodeStatusMessage(value)
  return isSafe && !text.includes("\uFFFD") ? value : encodeStatusMessage(text)
}

const percentEncoded = /* @__PURE__ */ Array.from(
  { length: 256 },
  (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`,
)

/** Whether encoding leaves the text unchanged: printable ASCII without "%". */
function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at)
    if (!isPrintable(char) || char === percent) return false
  }
  return true
}

/** Whether a value is printable ASCII and every "%" in it begins an escape. */
function isPrintableWithEscapes(value: string): boolean {
  for (let at = 0; at < value.length; at++) {
    const char = value.charCodeAt(at)
    if (!isPrintable(char) || (char === percent && !isEscape(value, at))) return false
  }
  return true
}

function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte <= 0x7e
}

function isEscape(value: string, at: number): boolean {
  return (
    value.charCodeAt(at) === percent &&
    hexValue(value.charCodeAt(at + 1)) >= 0 &&
    hexValue(value.charCodeAt(at + 2)) >= 0
  )
}

/** The value of a hex digit in either case; -1 for every other character, and for NaN past the end. */
function hexValue(char: number): number {
  if (char >= 0x30 && char <= 0x39) return char - 0x30
  const lower = char | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
