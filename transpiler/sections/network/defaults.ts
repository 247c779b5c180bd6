/** network: without an entry every Ethernet interface uses DHCP. */
import type { Interface, Network, NodeConfig } from '../../../schema/generated/node.ts'
import { itemsOf } from '../../recover/items.ts'
import type { Recovered } from '../../recover/recovered.ts'
import { filled, placed } from '../filled.ts'
import type { FullInterface, FullNetwork } from './types.ts'

export function defaultNetwork({ network }: Recovered<NodeConfig>): FullNetwork {
  return {
    interfaces:
      network === undefined || !('interfaces' in network)
        ? [EVERY_INTERFACE]
        : givenInterfaces(network.interfaces ?? []),
    nameservers: itemsOf(network?.nameservers, ['network', 'nameservers']).map(({ item, at }) => ({
      at,
      address: item,
    })),
    routeTimeout: filled<Network>('Network', network ?? {}, ['network']).routeTimeout,
  }
}

const EVERY_INTERFACE: FullInterface = { ...placed<Interface>({}, ['network']), isAll: true, isDhcp: true }

function givenInterfaces(given: readonly (Recovered<Interface> | undefined)[]): FullInterface[] {
  return itemsOf(given, ['network', 'interfaces']).map(({ item, at }) => ({
    ...placed<Interface>(item, at),
    isAll: 'all' in item,
    isDhcp: 'dhcp' in item,
  }))
}
