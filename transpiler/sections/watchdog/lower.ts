/** watchdog → milliseconds. */
import type { Watchdog } from '../../../schema/generated/machine.ts'
import type { Origins } from '../../machine/origins.ts'
import { lowerBy, type Rows } from '../../machine/rows.ts'
import { certain } from '../../rules/certain.ts'
import { millisecondsOf } from '../../rules/units.ts'
import type { FullWatchdog } from './types.ts'

const WATCHDOG: Rows<FullWatchdog, Watchdog> = {
  device: 'same',
  timeoutMs: ({ timeout }) => millisecondsOf(certain(timeout, 'watchdog.timeout')),
}

export const lowerWatchdog = (watchdog: FullWatchdog | undefined, origins: Origins): Watchdog | undefined =>
  watchdog && lowerBy(WATCHDOG, watchdog, origins)
