/** onFailure: delays that init accepts. */
import type { Report } from '../../diag/report.ts'
import { millisecondsOf } from '../../rules/units.ts'
import type { FullConfig } from '../full-config.ts'

const SECOND = 1000
const LIMITS = { delay: 3_600 * SECOND, maxDelay: 86_400 * SECOND } as const

export function checkOnFailure({ onFailure }: FullConfig, report: Report): void {
  if (onFailure.action !== 'reboot') return
  const at = ['onFailure', 'reboot']
  const outside = (['delay', 'maxDelay'] as const).filter(field => {
    const written = onFailure[field]
    const value = written === undefined ? SECOND : millisecondsOf(written)
    return value < SECOND || value > LIMITS[field]
  })
  for (const field of outside)
    report.add('on-failure-delay', [...at, field], {
      field,
      value: onFailure[field] ?? '',
      hours: LIMITS[field] / (3_600 * SECOND),
    })
  const { delay, maxDelay } = onFailure
  if (delay === undefined || maxDelay === undefined) return
  if (outside.length === 0 && millisecondsOf(delay) > millisecondsOf(maxDelay))
    report.add('on-failure-delay-order', [...at, 'delay'], { delay, maxDelay })
}
