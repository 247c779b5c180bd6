/** onFailure → milliseconds. */
import type { OnFailure } from '../../../schema/generated/machine.ts'
import type { Origins } from '../../machine/origins.ts'
import { certain } from '../../rules/certain.ts'
import { millisecondsOf } from '../../rules/units.ts'
import type { FullOnFailure } from './types.ts'

export function lowerOnFailure(onFailure: FullOnFailure, origins: Origins): OnFailure {
  const at = ['onFailure']
  if (onFailure.action === 'halt') return origins.from(at, { action: 'halt' })
  return origins.from(
    at,
    {
      action: 'reboot',
      delayMs: millisecondsOf(certain(onFailure.delay, 'onFailure.delay')),
      maxDelayMs: millisecondsOf(certain(onFailure.maxDelay, 'onFailure.maxDelay')),
    },
    { delayMs: [...at, 'reboot', 'delay'], maxDelayMs: [...at, 'reboot', 'maxDelay'] },
  )
}
