/**
 * Memory for small encoded pieces. V8 keeps typed arrays of up to 64 bytes in its own heap and asks the system for the
 * memory of larger ones. That takes 0.7 µs on Node 24; a view of existing memory takes 0.04 µs. Pieces between 64 bytes
 * and a quarter of a slab are therefore cut from a shared slab, as Node's Buffer does. The price is state in this
 * module.
 */

const slabBytes = 8192
const heapBytes = 64

let slab = /* @__PURE__ */ new ArrayBuffer(0)
let used = 0

/**
 * Returns zeroed bytes that nothing else uses. Their `buffer` may be shared with other pieces, so it must not be
 * transferred. Use it for short-lived bytes only: one piece keeps its whole slab alive.
 */
export function allocateBytes(length: number): Uint8Array<ArrayBuffer> {
  if (length <= heapBytes || length > slabBytes / 4) return new Uint8Array(length)
  if (used + length > slab.byteLength) {
    slab = new ArrayBuffer(slabBytes)
    used = 0
  }
  const bytes = new Uint8Array(slab, used, length)
  used += length
  return bytes
}
