/** The line of a problem with carets below it. */
import type { SourceText } from '../yaml/source.ts'
import type { Location } from './diagnostic.ts'

/** Characters of a line that are shown, at most. */
const WIDTH = 100

/** Two rows, without an end of line; empty when the source has no text to show. */
export function frameOf(source: SourceText, location: Location): string[] {
  const line = source.shownLine(location.line)
  if (line.trim() === '') return []
  const from = location.col - 1
  const to = location.endLine === location.line ? location.endCol - 1 : line.length
  const start = from > WIDTH - 20 ? from - 40 : 0
  const cut = line.slice(start, start + WIDTH)
  const number = String(location.line)
  const carets = '^'.repeat(Math.max(1, widthOf(cut.slice(from - start, to - start))))
  return [
    `${number} | ${start > 0 ? '…' : ''}${printable(cut)}${line.length > start + WIDTH ? '…' : ''}`,
    `${' '.repeat(number.length)} | ${start > 0 ? ' ' : ''}${' '.repeat(widthOf(cut.slice(0, from - start)))}${carets}`,
  ]
}

/** Text that cannot steer a terminal or reorder what it shows. */
export function printable(text: string): string {
  return text
    .replaceAll('\t', '  ')
    .replaceAll(
      /[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g,
      char => `\\u{${char.charCodeAt(0).toString(16)}}`,
    )
}

/** Columns that `printable(text)` takes: wide characters take two, marks none. */
function widthOf(text: string): number {
  let width = 0
  for (const char of printable(text)) {
    if (/\p{Mark}/u.test(char)) continue
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(
        char,
      )
        ? 2
        : 1
  }
  return width
}
