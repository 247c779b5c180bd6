/** network: without an entry every Ethernet interface uses DHCP. */
import type { Interface, NodeConfig } from '../../../schema/generated/node.ts'
import { itemsOf } from '../../recover/items.ts'
import { filled } from '../filled.ts'
import type { FullInterface, FullNetwork } from './types.ts'

export function defaultNetwork({ network }: Partial<NodeConfig>): FullNetwork {
  return {
    interfaces: network?.interfaces === undefined ? [EVERY_INTERFACE] : givenInterfaces(network.interfaces),
    nameservers: itemsOf(network?.nameservers, ['network', 'nameservers']).map(({ item, at }) => ({
      at,
      address: item,
    })),
    routeTimeout: filled('Network', network ?? {}, ['network']).routeTimeout,
  }
}

const EVERY_INTERFACE: FullInterface = { at: ['network'], isAll: true, isDhcp: true }

function givenInterfaces(given: readonly Interface[]): FullInterface[] {
  return itemsOf(given, ['network', 'interfaces']).map(({ item: { all, dhcp, ...rest }, at }) => ({
    at,
    ...rest,
    isAll: all === true,
    isDhcp: dhcp === true,
  }))
}
