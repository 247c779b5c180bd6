/** network: without an entry every Ethernet interface uses DHCP. */
import type {
  Dhcp4Overrides,
  HostEntry,
  LinkMatch,
  LinkMember,
  Network,
  NetworkBond,
  NetworkBridge,
  NetworkLink,
  NetworkVlan,
  NodeConfig,
  Route,
  RoutingRule,
} from '../../../schema/generated/node.ts'
import type { Path } from '../../path.ts'
import { itemsOf } from '../../recover/items.ts'
import type { Recovered } from '../../recover/recovered.ts'
import { type Address, ipOf, type Prefix, prefixOf } from '../../rules/ip.ts'
import { filled, placed } from '../filled.ts'
import {
  type FullAddress,
  type FullBond,
  type FullBridge,
  type FullHost,
  type FullLink,
  type FullMatch,
  type FullMember,
  type FullName,
  type FullNameserver,
  type FullNetwork,
  type FullRoute,
  KINDS,
  type Kind,
} from './types.ts'

type List<T> = readonly (T | undefined)[] | undefined

export function defaultNetwork({ network }: Recovered<NodeConfig>): FullNetwork {
  const at = ['network']
  return {
    links:
      network === undefined || !('links' in network)
        ? [linkOf({ match: { all: true }, dhcp4: true }, at)]
        : itemsOf(network.links, [...at, 'links']).map(({ item, at }) => linkOf(item, at)),
    nameservers: addressesOf(network?.nameservers, [...at, 'nameservers']),
    searchDomains: namesOf(network?.searchDomains, [...at, 'searchDomains']),
    hosts: itemsOf(network?.hosts, [...at, 'hosts']).map(({ item, at }) => hostOf(item, at)),
    routeTimeout: filled<Network>('Network', network ?? {}, at).routeTimeout,
  }
}

function linkOf(item: Recovered<NetworkLink>, at: Path): FullLink {
  const given = filled<NetworkLink>('NetworkLink', item, at)
  const kinds = KINDS.filter(kind => kind in item)
  const { match, bond, vlan, bridge, dhcp4Overrides } = item
  return {
    ...given,
    kind: (kinds[0] as Kind | undefined) ?? 'physical',
    kinds: [...('match' in item ? ['match'] : []), ...kinds],
    match: match && matchOf(match, [...at, 'match']),
    bond: bond && bondOf(bond, [...at, 'bond']),
    vlan: vlan && filled<NetworkVlan>('NetworkVlan', vlan, [...at, 'vlan']),
    bridge: bridge && bridgeOf(bridge, [...at, 'bridge']),
    dhcp4Overrides:
      dhcp4Overrides && filled<Dhcp4Overrides>('Dhcp4Overrides', dhcp4Overrides, [...at, 'dhcp4Overrides']),
    addresses: itemsOf(item.addresses, [...at, 'addresses']).map(
      ({ item, at }): FullAddress => ({ at, text: item, prefix: prefixOf(item) }),
    ),
    routes: itemsOf(item.routes, [...at, 'routes']).map(({ item, at }) => routeOf(item, at)),
    rules: itemsOf(item.rules, [...at, 'rules']).map(({ item, at }) => placed<RoutingRule>(item, at)),
    nameservers: addressesOf(item.nameservers, [...at, 'nameservers']),
    searchDomains: namesOf(item.searchDomains, [...at, 'searchDomains']),
  }
}

function matchOf(item: Recovered<LinkMatch>, at: Path): FullMatch {
  return { ...placed<LinkMatch>(item, at), isAll: 'all' in item }
}

const membersOf = (list: List<Recovered<LinkMember>>, at: Path): FullMember[] =>
  itemsOf(list, [...at, 'members']).map(({ item, at }) => placed<LinkMember>(item, at))

function bondOf(item: Recovered<NetworkBond>, at: Path): FullBond {
  return {
    ...placed<NetworkBond>(item, at),
    members: membersOf(item.members, at),
    arpIPTargets: addressesOf(item.arpIPTargets, [...at, 'arpIPTargets']),
  }
}

function bridgeOf(item: Recovered<NetworkBridge>, at: Path): FullBridge {
  return { ...filled<NetworkBridge>('NetworkBridge', item, at), members: membersOf(item.members, at) }
}

function routeOf(item: Recovered<Route>, at: Path): FullRoute {
  const given = filled<Route>('Route', item, at)
  return { ...given, to: destinationOf(given) }
}

/** The default route is that of the gateway's family. */
function destinationOf({
  destination,
  gateway,
}: Pick<FullRoute, 'destination' | 'gateway'>): Prefix | undefined {
  if (destination !== undefined && destination !== 'default') return prefixOf(destination)
  const family = gateway === undefined ? undefined : ipOf(gateway)?.family
  return family && { address: { family, bits: 0n }, length: 0 }
}

const addressesOf = (list: List<string>, at: Path): FullNameserver[] =>
  itemsOf(list, at).map(({ item, at }) => ({ at, address: item, ip: ipOf(item) as Address | undefined }))

const namesOf = (list: List<string>, at: Path): FullName[] =>
  itemsOf(list, at).map(({ item, at }) => ({ at, name: item }))

function hostOf(item: Recovered<HostEntry>, at: Path): FullHost {
  const given = placed<HostEntry>(item, at)
  return {
    ...given,
    ip: given.address === undefined ? undefined : ipOf(given.address),
    names: namesOf(item.names, [...at, 'names']),
  }
}
