/** The candidate that a mistyped word most likely means. Null: none is near. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  let best: string | null = null
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1
  for (const candidate of candidates) {
    const distance = editDistance(word, candidate)
    if (distance >= bestDistance) continue
    best = candidate
    bestDistance = distance
  }
  return best
}

/**
 * Levenshtein distance, row by row. Words longer than any flag are skipped, since the cost grows with the square of the length.
 */
function editDistance(a: string, b: string): number {
  if (a.length > 64) return Infinity
  let above = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = above[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(changed, above[j] + 1, row[j - 1] + 1))
    }
    above = row
  }
  return above[b.length]
}
