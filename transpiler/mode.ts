/** Rules for permissions as people write them. */
import type { WrittenMode } from './full-config.ts'
import type { Path } from './path.ts'
import type { Report } from './report.ts'
import { modeOf } from './units.ts'

/** Octal with a leading zero, so that nobody has to guess which base was meant. */
export function checkMode(mode: WrittenMode, at: Path, report: Report): void {
  if (modeOf(mode) !== undefined) return
  report.add('storage-mode', [...at, 'mode'], { mode: String(mode), octal: octalOf(mode) })
}

/** What was probably meant: 644 is octal without its zero, 420 and 493 are what tools make of 0644 and 0755. */
function octalOf(mode: WrittenMode): string | undefined {
  const text = String(mode)
  if (mode === 420 || mode === 493) return `0${mode.toString(8)}`
  return /^[1-7][0-7]{2,3}$/.test(text) ? `0${text}` : undefined
}
