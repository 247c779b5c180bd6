/**
 * time: no server is assumed. A public one would come before those of the DHCP lease, which are nearer, and would make a
 * node without the internet wait; and whoever runs a public one has not been asked.
 */
import type { NodeConfig } from '../../../schema/generated/node.ts'
import { itemsOf } from '../../recover/items.ts'
import type { FullTime } from './types.ts'

export function defaultTime({ time }: Partial<NodeConfig>): FullTime {
  return {
    servers: itemsOf(time?.servers, ['time', 'servers']).map(({ item, at }) => ({ at, server: item })),
    timeout: time?.timeout ?? '10s',
  }
}
