/** network: without a word about interfaces every Ethernet interface asks DHCP. */
import type { NodeConfig } from '../../../schema/generated/node.ts'
import { itemsOf } from '../../recover/items.ts'
import type { FullInterface, FullNetwork } from './types.ts'

export function defaultNetwork({ network }: Partial<NodeConfig>): FullNetwork {
  return {
    interfaces: network?.interfaces === undefined ? [EVERY_INTERFACE] : givenInterfaces(network.interfaces),
    nameservers: itemsOf(network?.nameservers, ['network', 'nameservers']).map(({ item, at }) => ({
      at,
      address: item,
    })),
    routeTimeout: network?.routeTimeout ?? '60s',
  }
}

const EVERY_INTERFACE: FullInterface = {
  at: ['network'],
  name: undefined,
  mac: undefined,
  isAll: true,
  address: undefined,
  isDhcp: true,
  gateway: undefined,
  mtu: undefined,
}

type Given = NonNullable<NonNullable<NodeConfig['network']>['interfaces']>

function givenInterfaces(given: Given): FullInterface[] {
  return itemsOf(given, ['network', 'interfaces']).map(({ item, at }) => ({
    at,
    name: item.name,
    mac: item.mac,
    isAll: item.all === true,
    address: item.address,
    isDhcp: item.dhcp === true,
    gateway: item.gateway,
    mtu: item.mtu,
  }))
}
