/** Did you mean …? */

/** The nearest of the words, if it is near enough to be a typo. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const limit = word.length < 4 ? 1 : word.length < 8 ? 2 : 3
  let best: string | undefined
  let bestDistance = limit + 1
  for (const candidate of words) {
    const distance = distanceOf(plain(word), plain(candidate))
    // With another letter, a word of two is another word: rw is not ro.
    if (distance > 0 && word.length < 3 && candidate.length === word.length) continue
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance]
  }
  return best
}

/** Whether two words differ in habits only. */
export const isSameWord = (a: string, b: string): boolean => plain(a) === plain(b)

/** Case, dashes and underscores are habits of other tools, not typos. */
function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[-_ ]/g, '')
}

/** Insertions, deletions, replacements and swaps of neighbours (Damerau-Levenshtein). Long words are not typos. */
function distanceOf(a: string, b: string): number {
  if (a.length > 64 || b.length > 64) return Number.POSITIVE_INFINITY
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(at(above, j) + 1, at(row, j - 1) + 1, at(above, j - 1) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, at(before, j - 2) + 1)
      row.push(cost)
    }
    before = above
    above = row
  }
  return at(above, b.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY
}
