/** How long pods get to stop. */
import type { Shutdown } from '../../../schema/generated/node.ts'
import { millisecondsOf } from '../../rules/units.ts'
import { filled } from '../filled.ts'
import type { FullShutdown } from './types.ts'

/** Critical pods stop last; a third of the time is theirs, in whole seconds and at most ten. An invalid time has no third. */
export function shutdownPeriods(shutdown: Shutdown | undefined): FullShutdown {
  const gracePeriod = filled('Shutdown', shutdown ?? {}, ['kubernetes', 'shutdown']).gracePeriod
  const third = Math.min(10, Math.floor(millisecondsOf(gracePeriod) / 3000))
  const critical = Number.isNaN(third) ? gracePeriod : `${third}s`
  return { gracePeriod, criticalPodsGracePeriod: shutdown?.criticalPodsGracePeriod ?? critical }
}
