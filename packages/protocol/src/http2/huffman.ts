/**
 * The Huffman code of HPACK (RFC 7541 §5.2 and appendix B). The code is canonical: the lengths of the codes tell the codes. Among
 * symbols of one length, a greater symbol has a greater code.
 */

/** Length of each symbol's code, in bits. The last symbol is EOS. */
const codeLengths: readonly number[] = [
  ...[13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28],
  ...[28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28],
  ...[6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6],
  ...[5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10],
  ...[13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7],
  ...[7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6],
  ...[15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5],
  ...[6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28],
  ...[20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23],
  ...[24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24],
  ...[22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23],
  ...[21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23],
  ...[26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25],
  ...[19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27],
  ...[20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23],
  ...[26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26],
  30,
]
const endOfString = 256

/** The code of each symbol, right-aligned. */
const codes: Uint32Array = /* @__PURE__ */ canonicalCodes()

function canonicalCodes(): Uint32Array {
  const all = new Uint32Array(codeLengths.length)
  let code = 0
  for (let length = 1; length <= 30; length++) {
    code *= 2
    codeLengths.forEach((one, symbol) => {
      if (one === length) all[symbol] = code++
    })
  }
  return all
}

/**
 * The code as a machine that reads four bits at a time: the shortest code has five bits, so a step yields one symbol at most. A
 * state is a node of the code's tree; its steps stand at sixteen times its number.
 */
interface Machine {
  readonly next: Uint16Array
  /** The symbol that a step yields, or -1. */
  readonly symbol: Int16Array
  /** States in which a string may end: after at most seven bits, all of them ones (RFC 7541 §5.2). */
  readonly mayEnd: Uint8Array
}

const machine: Machine = /* @__PURE__ */ buildMachine()

/** The children of each node: a node's number, or the complement of a symbol. */
function buildTree(): [number, number][] {
  const tree: [number, number][] = [[0, 0]]
  codeLengths.forEach((length, symbol) => {
    let node = 0
    for (let bit = length - 1; bit > 0; bit--) {
      const side = (codes[symbol] >>> bit) & 1
      if (tree[node][side] === 0) tree[node][side] = tree.push([0, 0]) - 1
      node = tree[node][side]
    }
    tree[node][codes[symbol] & 1] = ~symbol
  })
  return tree
}

function buildMachine(): Machine {
  const tree = buildTree()
  const next = new Uint16Array(tree.length * 16)
  const symbol = new Int16Array(tree.length * 16).fill(-1)
  for (let step = 0; step < next.length; step++) {
    let node = step >> 4
    for (let bit = 3; bit >= 0; bit--) {
      const child = tree[node][(step >> bit) & 1]
      if (child < 0) symbol[step] = ~child
      node = child < 0 ? 0 : child
    }
    next[step] = node
  }
  const mayEnd = new Uint8Array(tree.length)
  for (let node = 0, ones = 0; ones < 8; ones++) {
    mayEnd[node] = 1
    node = tree[node][1]
  }
  return { next, symbol, mayEnd }
}

/** The most bytes that a string of this many encoded bytes can have: the shortest code has five bits. */
export function maxHuffmanOutput(encodedBytes: number): number {
  return Math.floor((encodedBytes * 8) / 5)
}

/**
 * Decodes `bytes` from `start` to `end` into `out`, which has room for `maxHuffmanOutput`. Returns the number of decoded bytes; -1:
 * the code has EOS in it, or wrong padding (RFC 7541 §5.2).
 */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number, out: Uint8Array): number {
  const { next, symbol, mayEnd } = machine
  let state = 0
  let to = 0
  for (let at = start; at < end; at++) {
    const byte = bytes[at]
    let step = (state << 4) | (byte >> 4)
    let found = symbol[step]
    if (found >= 0) {
      if (found === endOfString) return -1
      out[to++] = found
    }
    step = (next[step] << 4) | (byte & 15)
    found = symbol[step]
    if (found >= 0) {
      if (found === endOfString) return -1
      out[to++] = found
    }
    state = next[step]
  }
  return mayEnd[state] === 1 ? to : -1
}

/** Number of bytes that the text has when it is encoded. Each character of the text is one byte (Latin-1). */
export function huffmanLength(text: string): number {
  let bits = 0
  for (let at = 0; at < text.length; at++) bits += codeLengths[text.charCodeAt(at) & 0xff]
  return (bits + 7) >> 3
}

/** Writes the encoded text at `at`. Returns the offset after it. Each character of the text is one byte (Latin-1). */
export function writeHuffman(out: Uint8Array, at: number, text: string): number {
  let bits = 0 // the lowest `count` bits are not written yet, at most seven of them between two characters
  let count = 0
  for (let from = 0; from < text.length; from++) {
    const symbol = text.charCodeAt(from) & 0xff
    let length = codeLengths[symbol]
    // A code of up to 30 bits goes in two parts, so that all bits fit into 31.
    if (length > 16) {
      bits = (bits << (length - 16)) | (codes[symbol] >>> 16)
      count += length - 16
      for (; count >= 8; count -= 8) out[at++] = bits >>> (count - 8)
      bits &= 0xff
      length = 16
    }
    bits = (bits << length) | (codes[symbol] & 0xffff)
    count += length
    for (; count >= 8; count -= 8) out[at++] = bits >>> (count - 8)
    bits &= 0xff
  }
  if (count > 0) out[at++] = (bits << (8 - count)) | (0xff >>> count) // EOS begins with ones
  return at
}
