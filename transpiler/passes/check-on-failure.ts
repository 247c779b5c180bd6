/** onFailure: delays that init accepts. */
import type { FullConfig } from '../full-config.ts'
import type { Report } from '../report.ts'
import { millisecondsOf } from '../units.ts'

const SECOND = 1000
const LIMITS = { delay: 3_600 * SECOND, maxDelay: 86_400 * SECOND } as const

export function checkOnFailure({ onFailure }: FullConfig, report: Report): void {
  if (onFailure.action !== 'reboot') return
  const at = ['onFailure', 'reboot']
  for (const field of ['delay', 'maxDelay'] as const) {
    const value = millisecondsOf(onFailure[field])
    if (value < SECOND || value > LIMITS[field])
      report.add('on-failure-delay', [...at, field], {
        field,
        value: onFailure[field],
        hours: LIMITS[field] / (3_600 * SECOND),
      })
  }
  const { delay, maxDelay } = onFailure
  if (millisecondsOf(delay) > millisecondsOf(maxDelay))
    report.add('on-failure-delay-order', [...at, 'delay'], { delay, maxDelay })
}
