/** onFailure: stay and show what is wrong, unless told to reboot. */
import type { NodeConfig, RebootDelays } from '../../../schema/generated/node.ts'
import type { Recovered } from '../../recover/recovered.ts'
import { filled } from '../filled.ts'
import type { FullOnFailure } from './types.ts'

export function defaultOnFailure({ onFailure }: Recovered<NodeConfig>): FullOnFailure {
  if (onFailure === undefined || onFailure === 'halt') return { action: 'halt' }
  const given = onFailure === 'reboot' ? {} : (onFailure.reboot ?? {})
  return {
    action: 'reboot',
    ...filled<RebootDelays>('RebootDelays', given, ['onFailure', 'reboot']),
  }
}
