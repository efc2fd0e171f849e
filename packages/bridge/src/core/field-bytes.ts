/** The size of a flat list of names and values, as characters. */
export function fieldBytes(fields: readonly string[]): number {
  let sum = 0
  for (const text of fields) sum += text.length
  return sum
}
