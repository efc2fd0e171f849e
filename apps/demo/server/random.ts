/** A source of pseudo-random numbers that gives the same sequence for the same seed. Not for secrets. */
export interface Random {
  /** A number from 0 up to, but not including, 1. */
  fraction(): number
  /** A whole number from 0 up to, but not including, `limit`. */
  below(limit: number): number
  /** One of the items, each as likely as the others. */
  pick<T>(items: readonly T[]): T
}

/** Mulberry32: 32 bits of state, plenty for made-up users. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(fraction() * limit)
  const pick = <T>(items: readonly T[]): T => {
    const item = items[below(items.length)]
    if (item === undefined) throw new RangeError("nothing to pick from")
    return item
  }
  return { fraction, below, pick }
}
