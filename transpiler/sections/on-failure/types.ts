/** onFailure with nothing left out. */
import type { RebootDelays } from '../../../schema/generated/node.ts'
import type { Placed } from '../filled.ts'

export type FullOnFailure =
  | { readonly action: 'halt' }
  | ({ readonly action: 'reboot' } & Placed<RebootDelays>)
