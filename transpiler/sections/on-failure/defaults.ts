/** onFailure: stay and show what is wrong, unless told to reboot. */
import type { NodeConfig } from '../../../schema/generated/node.ts'
import type { FullOnFailure } from './types.ts'

export function defaultOnFailure({ onFailure }: Partial<NodeConfig>): FullOnFailure {
  if (onFailure === undefined || onFailure === 'halt') return { action: 'halt' }
  const { delay, maxDelay } = onFailure === 'reboot' ? {} : onFailure.reboot
  return { action: 'reboot', delay: delay ?? '10s', maxDelay: maxDelay ?? '10m' }
}
