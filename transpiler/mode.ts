/** Rules for permissions as people write them. */
import type { WrittenMode } from './full-config.ts'
import type { Path } from './path.ts'
import type { Report } from './report.ts'
import { modeOf } from './units.ts'

/** Octal with a leading zero, so that nobody has to guess which base was meant. */
export function checkMode(mode: WrittenMode, at: Path, report: Report): void {
  if (modeOf(mode) !== undefined) return
  const text = String(mode)
  // 644 is meant as octal; 420 can only be decimal.
  const octal = /^[0-7]{3,4}$/.test(text) && text !== '420' && text !== '493' ? `0${text}` : octalOf(mode)
  report.add('storage-mode', at, { mode: text, octal })
}

function octalOf(mode: WrittenMode): string | undefined {
  const number = Number(mode)
  return Number.isInteger(number) && number >= 0 && number <= 0o7777 ? `0${number.toString(8)}` : undefined
}
