/** Random numbers that a seed reproduces. */
export interface Random {
  /** Returns a whole number from 0 to `end` - 1. */
  below(end: number): number
  /** Returns a random item, or undefined if there are no items. */
  pick<T>(items: readonly T[]): T
}

/** Makes a Mulberry32 generator. Its 32 bits of state are enough to choose mutations. */
export function createRandom(seed: number): Random {
  let state = seed | 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (end: number): number => Math.floor(next() * end)
  return { below, pick: (items) => items[below(items.length)] }
}
