/** Bounds of times that people write. */
import type { Report } from '../diag/report.ts'
import type { Path } from '../path.ts'
import { millisecondsOf } from './units.ts'

/** From the first to the second, both included; the third where zero has a meaning of its own. */
export type Bounds = readonly [from: string, to: string, zero?: '0s']

/** Whether the time is within its bounds; if not, that is reported. One that broke the schema is reported already. */
export function checkDuration(
  value: string | undefined,
  [from, to, zero]: Bounds,
  at: Path,
  report: Report,
): value is string {
  if (value === undefined) return false
  const milliseconds = millisecondsOf(value)
  const isWithin = milliseconds >= millisecondsOf(from) && milliseconds <= millisecondsOf(to)
  if (isWithin || (zero !== undefined && milliseconds === 0)) return true
  report.add('duration-range', at, { value, from, to, ...(zero && { zero }) })
  return false
}
