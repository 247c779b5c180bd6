/** kubernetes.shutdown: time for the pods to stop, of which the critical ones get a part. */
import { checkDurationOrZero } from '../durations.ts'
import type { FullConfig } from '../full-config.ts'
import type { Report } from '../report.ts'
import { millisecondsOf } from '../units.ts'

export function checkShutdown({ kubernetes }: FullConfig, report: Report): void {
  if (kubernetes.role === 'none') return
  const { gracePeriod, criticalPodsGracePeriod } = kubernetes.shutdown
  const at = ['kubernetes', 'shutdown']
  const areWithin = [
    checkDurationOrZero(gracePeriod, ['1s', '1h'], [...at, 'gracePeriod'], report),
    checkDurationOrZero(criticalPodsGracePeriod, ['1s', '1h'], [...at, 'criticalPodsGracePeriod'], report),
  ].every(Boolean)
  if (areWithin && millisecondsOf(criticalPodsGracePeriod) > millisecondsOf(gracePeriod))
    report.add('kubernetes-shutdown-order', [...at, 'criticalPodsGracePeriod'], {
      critical: criticalPodsGracePeriod,
      grace: gracePeriod,
    })
}
