/** Rules for permissions as people write them. */
import type { Report } from '../../diag/report.ts'
import type { Path } from '../../path.ts'
import { readings, type WrittenMode } from '../../rules/mode.ts'
import { modeOf } from '../../rules/units.ts'

/** Octal with a leading zero, so that nobody has to guess which base was meant. */
export function checkMode(mode: WrittenMode | undefined, at: Path, report: Report): void {
  if (mode === undefined || modeOf(mode) !== undefined) return
  report.add('storage-mode', [...at, 'mode'], { mode: String(mode), ...readings(mode) })
}
