/** The octets of RFC 9110 and RFC 9112 that the readers act on. */
const tab = 0x09
export const lineFeed = 0x0a
export const carriageReturn = 0x0d
export const space = 0x20
export const quote = 0x22
export const comma = 0x2c
export const colon = 0x3a
export const semicolon = 0x3b
export const equalsSign = 0x3d
export const backslash = 0x5c

/** The lower case of each octet that a token may have (RFC 9110 §5.6.2). 0: the octet is in no token. */
export const tokenOctets: Uint8Array = /* @__PURE__ */ Uint8Array.from({ length: 256 }, (_, octet) => {
  const char = String.fromCharCode(octet).toLowerCase()
  return octet < 0x80 && /[\w!#$%&'*+.^`|~-]/.test(char) ? char.charCodeAt(0) : 0
})

/** 1 for each octet that a field value may have: tab, blank, visible ASCII, and 0x80 to 0xFF (RFC 9110 §5.5). */
export const valueOctets: Uint8Array = /* @__PURE__ */ Uint8Array.from({ length: 256 }, (_, octet) =>
  octet === tab || (octet >= space && octet !== 0x7f) ? 1 : 0,
)

/** The value of each hexadecimal digit. 255: the octet is none. */
export const hexDigits: Uint8Array = /* @__PURE__ */ Uint8Array.from({ length: 256 }, (_, octet) => {
  const char = String.fromCharCode(octet)
  return /[0-9a-f]/i.test(char) ? Number.parseInt(char, 16) : 255
})

/** True for the two octets of optional whitespace (RFC 9110 §5.6.3). */
export function isBlank(octet: number): boolean {
  return octet === space || octet === tab
}
