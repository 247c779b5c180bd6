/** kubernetes.shutdown: time for the pods to stop, of which the critical ones get a part. */
import type { Report } from '../../diag/report.ts'
import { type Bounds, checkDuration } from '../../rules/duration.ts'
import { millisecondsOf } from '../../rules/units.ts'
import type { FullConfig } from '../full-config.ts'

/** Without a grace period pods are stopped at once. */
const BOUNDS: Bounds = ['1s', '1h', '0s']

export function checkShutdown({ kubernetes }: FullConfig, report: Report): void {
  if (kubernetes.role === 'none') return
  const { gracePeriod, criticalPodsGracePeriod } = kubernetes.shutdown
  const at = ['kubernetes', 'shutdown']
  const isWithin = checkDuration(gracePeriod, BOUNDS, [...at, 'gracePeriod'], report)
  const criticalAt = [...at, 'criticalPodsGracePeriod']
  const isCriticalWithin = checkDuration(criticalPodsGracePeriod, BOUNDS, criticalAt, report)
  if (isWithin && isCriticalWithin && millisecondsOf(criticalPodsGracePeriod) > millisecondsOf(gracePeriod))
    report.add('kubernetes-shutdown-order', criticalAt, {
      critical: criticalPodsGracePeriod,
      grace: gracePeriod,
    })
}
