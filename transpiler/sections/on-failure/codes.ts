/** onFailure: what can be wrong. */
import { code, error } from '../../diag/define.ts'

export const ON_FAILURE_CODES = {
  'on-failure-delay': error<{ field: string; value: string; hours: number }>(
    a => `${code(a.value)} is out of range for ${code(a.field)} (1s to ${a.hours}h)`,
  ),
  'on-failure-delay-order': error<{ delay: string; maxDelay: string }>(
    a => `the first delay ${code(a.delay)} is longer than the longest, ${code(a.maxDelay)}`,
  ),
} as const
