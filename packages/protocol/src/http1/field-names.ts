import { tokenOctets } from "./octets.ts"

const slotCount = 1024
/** Names in the table, at most. Half of the slots stay empty, so that a search ends soon. */
const maxNames = slotCount / 2
/** Slots that a search looks at. Whoever makes names collide costs the others no more than this. */
const maxProbes = 8
/** A longer name is not kept. */
const maxNameLength = 64

/**
 * The names of fields, each as one string. A name that was seen before costs neither a new string nor a conversion to lower case.
 * Strangers choose the names, so the number of kept names is bounded.
 */
export class FieldNames {
  readonly #names: (string | null)[] = Array.from({ length: slotCount }, () => null)
  /** The octets of each name, in lower case. */
  readonly #octets = new Uint8Array(slotCount * maxNameLength)
  #size = 0

  /** Number of kept names. */
  get size(): number {
    return this.#size
  }

  /** The name in these bytes, in lower case. Each byte must be one of a token. Expects at least one. */
  intern(bytes: Uint8Array, start: number, end: number): string {
    if (end - start > maxNameLength) return lowerCase(bytes, start, end)
    let slot = hashOf(bytes, start, end) & (slotCount - 1)
    for (let probe = 0; probe < maxProbes; probe++) {
      const name = this.#names[slot]
      if (name === null) return this.#learn(slot, bytes, start, end)
      if (name.length === end - start && this.#isAt(slot, bytes, start, end)) return name
      slot = (slot + 1) & (slotCount - 1)
    }
    return lowerCase(bytes, start, end)
  }

  #isAt(slot: number, bytes: Uint8Array, start: number, end: number): boolean {
    const octets = this.#octets
    let at = slot * maxNameLength
    for (let from = start; from < end; from++) if (octets[at++] !== tokenOctets[bytes[from]]) return false
    return true
  }

  #learn(slot: number, bytes: Uint8Array, start: number, end: number): string {
    if (this.#size >= maxNames) {
      // Junk must not keep the usual names out.
      this.#names.fill(null)
      this.#size = 0
    }
    const name = lowerCase(bytes, start, end)
    this.#names[slot] = name
    this.#size++
    let at = slot * maxNameLength
    for (let from = start; from < end; from++) this.#octets[at++] = tokenOctets[bytes[from]]
    return name
  }
}

/** A few octets tell usual names apart. A better hash would cost more than the comparisons that it saves. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start
  const middle = start + (length >> 1)
  let hash = Math.imul(tokenOctets[bytes[start]] ^ (length << 8), 0x01000193)
  hash = Math.imul(hash ^ tokenOctets[bytes[middle]], 0x01000193)
  hash = Math.imul(hash ^ tokenOctets[bytes[end - 1]], 0x01000193)
  if (length > 2) hash = Math.imul(hash ^ tokenOctets[bytes[end - 3]], 0x01000193)
  return hash ^ (hash >>> 13)
}

function lowerCase(bytes: Uint8Array, start: number, end: number): string {
  let name = ""
  for (let at = start; at < end; at += 4096) {
    name += String.fromCharCode(...bytes.subarray(at, Math.min(end, at + 4096))).toLowerCase()
  }
  return name
}
