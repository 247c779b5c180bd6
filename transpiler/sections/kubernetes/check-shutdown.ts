/** kubernetes.shutdown: time for the pods to stop, of which the critical ones get a part. */
import type { Report } from '../../diag/report.ts'
import { checkDurationOrZero } from '../../rules/duration.ts'
import { millisecondsOf } from '../../rules/units.ts'
import type { FullConfig } from '../full-config.ts'

export function checkShutdown({ kubernetes }: FullConfig, report: Report): void {
  if (kubernetes.role === 'none') return
  const { gracePeriod, criticalPodsGracePeriod } = kubernetes.shutdown
  const at = ['kubernetes', 'shutdown']
  const isWithin = checkDurationOrZero(gracePeriod, ['1s', '1h'], [...at, 'gracePeriod'], report)
  const isCriticalWithin = checkDurationOrZero(
    criticalPodsGracePeriod,
    ['1s', '1h'],
    [...at, 'criticalPodsGracePeriod'],
    report,
  )
  if (isWithin && isCriticalWithin && millisecondsOf(criticalPodsGracePeriod) > millisecondsOf(gracePeriod))
    report.add('kubernetes-shutdown-order', [...at, 'criticalPodsGracePeriod'], {
      critical: criticalPodsGracePeriod,
      grace: gracePeriod,
    })
}
