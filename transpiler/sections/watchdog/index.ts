/** watchdog. */
import type { Section } from '../section.ts'
import { checkWatchdog } from './checks.ts'
import { defaultWatchdog } from './defaults.ts'
import { lowerWatchdog } from './lower.ts'

export const watchdog: Section<'watchdog'> = {
  defaults: defaultWatchdog,
  checks: [checkWatchdog],
  lower: lowerWatchdog,
}
