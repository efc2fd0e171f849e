/**
 * 32-bit hash of a text (MurmurHash3_x86_32, seed 0): a change of one bit changes about half of the result's. For metadata
 * values and addresses, which have one byte for each character; of other characters both bytes are folded into one. Not for
 * secrets: whoever knows the function can find texts with the same hash.
 */
export function hashOf(text: string): number {
  let hash = 0
  let block = 0
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i)
    block |= ((char & 0xff) ^ (char >>> 8)) << ((i & 3) * 8)
    if ((i & 3) < 3) continue
    hash = Math.imul(rotate(hash ^ scramble(block), 13), 5) + 0xe6546b64
    block = 0
  }
  return finish(hash ^ scramble(block) ^ text.length)
}

/** Hash of two hashes in this order. For choices that depend on a call and a candidate. */
export function mixHashes(first: number, second: number): number {
  return finish((Math.imul(rotate(finish(first), 13), 5) + 0xe6546b64) ^ second)
}

function scramble(block: number): number {
  return Math.imul(rotate(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593)
}

function rotate(bits: number, by: number): number {
  return (bits << by) | (bits >>> (32 - by))
}

/** Spreads every bit over the whole result, 0 to 2^32 - 1. */
function finish(bits: number): number {
  let hash = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
