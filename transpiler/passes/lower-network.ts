/** network → interfaces with numbers, in the order in which the user wrote them. */
import type { Interface, InterfaceSelector, Network } from '../../schema/generated/machine.ts'
import type { FullInterface, FullNetwork } from '../full-config.ts'
import type { Origins } from '../origins.ts'

export function lowerNetwork({ interfaces, nameservers }: FullNetwork, origins: Origins): Network {
  return origins.from(['network'], {
    interfaces: interfaces.map(nic => lowerInterface(nic, origins)),
    nameservers: origins.listOf(['network', 'nameservers'], nameservers, ({ address }) => address),
    routeTimeoutMs: 60_000,
  })
}

function lowerInterface(nic: FullInterface, origins: Origins): Interface {
  const [address = '', prefixLength] = nic.address.split('/')
  return origins.from(
    nic.at,
    {
      selector: lowerSelector(nic, origins),
      ipv4: origins.from(
        nic.at,
        {
          type: 'static',
          address,
          prefixLength: Number(prefixLength),
          ...(nic.gateway !== undefined && { gateway: nic.gateway }),
        },
        { prefixLength: [...nic.at, 'address'] },
      ),
      ...(nic.mtu !== undefined && { mtuBytes: nic.mtu }),
    },
    { mtuBytes: [...nic.at, 'mtu'] },
  )
}

function lowerSelector({ at, name, mac }: FullInterface, origins: Origins): InterfaceSelector {
  if (mac === undefined) return origins.from(at, { type: 'name', name: name ?? '' })
  return origins.from(at, { type: 'mac', mac: mac.toLowerCase() })
}
