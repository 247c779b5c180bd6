/** watchdog: a time that drivers take, and that somebody uses. */
import type { Report } from '../../diag/report.ts'
import { checkDuration } from '../../rules/duration.ts'
import type { FullConfig } from '../full-config.ts'

export function checkWatchdog({ watchdog }: FullConfig, report: Report): void {
  if (watchdog === undefined) return
  const { device, hasTimeout, timeout } = watchdog
  const at = ['watchdog', 'timeout']
  if (!checkDuration(timeout, ['10s', '10m'], at, report)) return
  if (device === 'off' && hasTimeout) report.add('watchdog-timeout-unused', at, { timeout }, { aim: 'key' })
}
