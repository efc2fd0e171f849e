/** Flaws of a field's name and value (RFC 9113 §8.2.1), as bits. */
export const Flaw = {
  /** The name is empty, or has an octet that no token of RFC 9110 §5.6.2 has, or an upper-case letter. */
  badName: 1,
  /**
   * The value has a control character, or begins or ends with a space or tab. Such a field is left out of its block, as nghttp2 and
   * node:http2 do: nobody behind us can then read a line that a value has forged.
   */
  badValue: 2,
} as const

const nameOctets = /* @__PURE__ */ Uint8Array.from({ length: 256 }, (_, octet) =>
  /[a-z0-9!#$%&'*+.^_`|~-]/.test(String.fromCharCode(octet)) ? 1 : 0,
)
const valueOctets = /* @__PURE__ */ Uint8Array.from({ length: 256 }, (_, octet) =>
  octet === 0x09 || (octet >= 0x20 && octet !== 0x7f) ? 1 : 0,
)
const colon = 0x3a

/** The flaws of a name of Latin-1 characters. A pseudo-header's name begins with a colon. */
export function nameFlaws(name: string): number {
  const start = name.charCodeAt(0) === colon ? 1 : 0
  if (name.length === start) return Flaw.badName
  for (let at = start; at < name.length; at++) if (nameOctets[name.charCodeAt(at)] === 0) return Flaw.badName
  return 0
}

/** The flaws of a value of Latin-1 characters. */
export function valueFlaws(value: string): number {
  const { length } = value
  if (length === 0) return 0
  for (let at = 0; at < length; at++) if (valueOctets[value.charCodeAt(at)] === 0) return Flaw.badValue
  return isBlank(value.charCodeAt(0)) || isBlank(value.charCodeAt(length - 1)) ? Flaw.badValue : 0
}

function isBlank(octet: number): boolean {
  return octet === 0x20 || octet === 0x09
}
