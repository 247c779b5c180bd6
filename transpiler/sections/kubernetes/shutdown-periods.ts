/** How long pods get to stop. */
import type { Shutdown } from '../../../schema/generated/node.ts'
import { millisecondsOf } from '../../rules/units.ts'
import type { FullShutdown } from './types.ts'

/** Critical pods stop last; a third of the time is theirs, in whole seconds and at most ten. Of a time that is none there is no third. */
export function shutdownPeriods(shutdown: Shutdown | undefined): FullShutdown {
  const gracePeriod = shutdown?.gracePeriod ?? '30s'
  const third = Math.min(10, Math.floor(millisecondsOf(gracePeriod) / 3000))
  const critical = Number.isNaN(third) ? gracePeriod : `${third}s`
  return { gracePeriod, criticalPodsGracePeriod: shutdown?.criticalPodsGracePeriod ?? critical }
}
