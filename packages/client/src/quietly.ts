/** What `look` gives, or undefined if it throws. For those who look at calls: they must not break what they look at. */
export function quietly<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}
