/** hostname: a name, or where the machine finds one. */
import type { NodeConfig } from '../../../schema/generated/node.ts'
import { itemsOf } from '../../recover/items.ts'
import type { Recovered } from '../../recover/recovered.ts'
import type { FullHostname } from './types.ts'

export function defaultHostname({ hostname }: Recovered<NodeConfig>): FullHostname {
  if (hostname === undefined || typeof hostname === 'string') return { type: 'fixed', name: hostname ?? '' }
  const from = itemsOf(hostname.from, ['hostname', 'from']).map(({ item, at }) => ({ at, from: item }))
  return { type: 'discovered', from }
}
