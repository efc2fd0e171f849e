/**
 * The percent-encoding of grpc-message (PROTOCOL-HTTP2.md, "Status-Message"): UTF-8 in which every byte but printable
 * ASCII without "%" is escaped. Nothing here throws: an unreadable message must not hide the status that it explains.
 */

/** Percent-encodes any text; a lone surrogate becomes U+FFFD. Text that needs no encoding is returned unchanged. */
export function encodeStatusMessage(text: string): string {
  return text.replace(/[^ -$&-~]+/g, (run) => encodeURIComponent(run.replace(/\p{Cs}/gu, "\uFFFD")))
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
  const isSafe = !/[^ -~]|%(?![\dA-Fa-f]{2})/.test(value)
  // Escapes of ASCII are always valid; escapes of other bytes must form UTF-8 together.
  if (isSafe && !/%[89a-f]/i.test(value)) return value
  const text = decodeStatusMessage(value)
  return isSafe && !text.includes("\uFFFD") ? value : encodeStatusMessage(text)
}
