/** How long pods get to stop. */
import type { Shutdown } from '../../../schema/generated/node.ts'
import type { Recovered } from '../../recover/recovered.ts'
import { millisecondsOf } from '../../rules/units.ts'
import { filled } from '../filled.ts'
import type { FullShutdown } from './types.ts'

/** Critical pods stop last; a third of the time is theirs, in whole seconds and at most ten. */
export function shutdownPeriods(shutdown: Recovered<Shutdown> | undefined): FullShutdown {
  const whole = filled<Shutdown>('Shutdown', shutdown ?? {}, ['kubernetes', 'shutdown'])
  const { gracePeriod } = whole
  if (gracePeriod === undefined || (shutdown !== undefined && 'criticalPodsGracePeriod' in shutdown))
    return whole
  const third = Math.min(10, Math.floor(millisecondsOf(gracePeriod) / 3000))
  return { ...whole, criticalPodsGracePeriod: `${third}s` }
}
