/** The result of `look`, or undefined if it throws. For observers of calls, which must not break the calls. */
export function quietly<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}
