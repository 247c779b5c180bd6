/**
 * time: no server is assumed. A public one would come before those of the DHCP lease, which are nearer, and would make a
 * node without the internet wait; and the operator of a public one has not been asked.
 */
import type { NodeConfig, Time } from '../../../schema/generated/node.ts'
import { itemsOf } from '../../recover/items.ts'
import type { Recovered } from '../../recover/recovered.ts'
import { filled } from '../filled.ts'
import type { FullTime } from './types.ts'

export function defaultTime({ time }: Recovered<NodeConfig>): FullTime {
  return {
    servers: itemsOf(time?.servers, ['time', 'servers']).map(({ item, at }) => ({ at, server: item })),
    timeout: filled<Time>('Time', time ?? {}, ['time']).timeout,
  }
}
