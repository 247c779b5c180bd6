/** network → interfaces with numbers, in the order in which the user wrote them. */
import type { Interface, InterfaceSelector, Ipv4, Network } from '../../../schema/generated/machine.ts'
import type { Origins } from '../../machine/origins.ts'
import { lowerBy, type Rows } from '../../machine/rows.ts'
import { certain } from '../../rules/certain.ts'
import { millisecondsOf } from '../../rules/units.ts'
import type { FullInterface, FullNetwork } from './types.ts'

const INTERFACE: Rows<FullInterface, Interface> = {
  selector: lowerSelector,
  ipv4: lowerIpv4,
  mtuBytes: ({ mtu }) => mtu,
}

export function lowerNetwork(
  { interfaces, nameservers, routeTimeout }: FullNetwork,
  origins: Origins,
): Network {
  return origins.from(['network'], {
    interfaces: interfaces.map(nic => lowerBy(INTERFACE, nic, origins)),
    nameservers: origins.listOf(['network', 'nameservers'], nameservers, ({ address }) => address),
    routeTimeoutMs: millisecondsOf(certain(routeTimeout, 'network.routeTimeout')),
  })
}

function lowerIpv4({ at, address: cidr, gateway }: FullInterface, origins: Origins): Ipv4 {
  if (cidr === undefined) return origins.from(at, { type: 'dhcp' })
  const [address = '', prefixLength] = cidr.split('/')
  return origins.from(
    at,
    {
      type: 'static',
      address,
      prefixLength: Number(prefixLength),
      ...(gateway !== undefined && { gateway }),
    },
    { prefixLength: [...at, 'address'] },
  )
}

function lowerSelector({ at, name, mac }: FullInterface, origins: Origins): InterfaceSelector {
  if (name !== undefined) return origins.from(at, { type: 'name', name })
  if (mac !== undefined) return origins.from(at, { type: 'mac', mac: mac.toLowerCase() })
  return origins.from(at, { type: 'all' })
}
