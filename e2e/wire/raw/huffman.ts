// RFC 7541, Appendix B. The code is canonical: codes of one length rise with their symbols. The lengths alone define it.

/** The length of each symbol's code in bits, for the bytes 0 to 255 and the end of string. */
const codeLengths: readonly number[] = [
  ...[13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28],
  ...[28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15],
  ...[6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6],
  ...[15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22],
  ...[20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23],
  ...[23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22],
  ...[22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26],
  ...[27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27],
  ...[26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30],
]
const maxLength = 30
/**
 * The end-of-string symbol. It must not occur in a string (RFC 7541 §5.2). Its code is thirty ones, the longest code.
 */
const endOfString = 256

/** For each length: the first code and, in order, the symbols with codes of this length. */
const byLength = Array.from({ length: maxLength + 1 }, (_, length) => ({
  first: 0,
  symbols: codeLengths.flatMap((own, symbol) => (own === length && length > 0 ? [symbol] : [])),
}))
for (let length = 1; length <= maxLength; length++) {
  byLength[length].first = (byLength[length - 1].first + byLength[length - 1].symbols.length) * 2
}

/** Decodes a string. The remaining bits of the last byte are padding. Throws for an unknown code. */
export function decodeHuffman(bytes: Uint8Array): Buffer {
  const decoded: number[] = []
  let code = 0
  let length = 0
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    code = code * 2 + ((bytes[bit >> 3] >> (7 - (bit & 7))) & 1)
    const { first, symbols } = byLength[++length]
    if (code - first >= symbols.length) continue
    const symbol = symbols[code - first]
    if (symbol === endOfString) throw new Error("HPACK: bits that are no Huffman code")
    decoded.push(symbol)
    code = length = 0
  }
  return Buffer.from(decoded)
}
