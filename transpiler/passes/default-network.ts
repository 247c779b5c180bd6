/** network: nothing is assumed; an absent section is a node with only the loopback interface. */
import type { NodeConfig } from '../../schema/generated/node.ts'
import type { FullNetwork } from '../full-config.ts'
import { itemsOf } from '../items.ts'

export function defaultNetwork({ network }: Partial<NodeConfig>): FullNetwork {
  return {
    interfaces: itemsOf(network?.interfaces, ['network', 'interfaces']).map(({ item, at }) => ({
      at,
      name: item.name,
      mac: item.mac,
      address: item.address,
      gateway: item.gateway,
      mtu: item.mtu,
    })),
    nameservers: itemsOf(network?.nameservers, ['network', 'nameservers']).map(({ item, at }) => ({
      at,
      address: item,
    })),
  }
}
