/** watchdog: what can be wrong. */
import { code, warning } from '../../diag/define.ts'

export const WATCHDOG_CODES = {
  'watchdog-timeout-unused': warning<{ timeout: string }>(
    a => `the timeout ${code(a.timeout)} has no effect: no watchdog is started`,
    () => 'remove it, or choose another device than `off`',
  ),
} as const
