/** network: without an entry the links are the platform's, or every Ethernet interface uses DHCP. */
import type {
  Allowed,
  Dhcp4Overrides,
  Firewall,
  HostEntry,
  LinkMatch,
  LinkMember,
  Network,
  NetworkBond,
  NetworkBridge,
  NetworkLink,
  NetworkVlan,
  NetworkWireguard,
  NodeConfig,
  Route,
  RoutingRule,
  WireguardPeer,
} from '../../../schema/generated/node.ts'
import type { Path } from '../../path.ts'
import { itemsOf } from '../../recover/items.ts'
import type { Recovered } from '../../recover/recovered.ts'
import { type Address, ipOf, type Prefix, prefixOf } from '../../rules/ip.ts'
import { filled, placed } from '../filled.ts'
import {
  type FullAddress,
  type FullAllowed,
  type FullBond,
  type FullBridge,
  type FullFirewall,
  type FullHost,
  type FullLink,
  type FullMatch,
  type FullMember,
  type FullName,
  type FullNameserver,
  type FullNetwork,
  type FullPeer,
  type FullPorts,
  type FullRoute,
  type FullWireguard,
  KINDS,
  type Kind,
} from './types.ts'

type List<T> = readonly (T | undefined)[] | undefined

export function defaultNetwork({ network }: Recovered<NodeConfig>): FullNetwork {
  const at = ['network']
  const isOfPlatform = network === undefined || !('links' in network)
  const given = filled<Network>('Network', network ?? {}, at)
  return {
    isOfPlatform,
    links: isOfPlatform
      ? [linkOf({ match: { all: true }, dhcp4: true }, at)]
      : itemsOf(network.links, [...at, 'links']).map(({ item, at }) => linkOf(item, at)),
    nameservers: addressesOf(network?.nameservers, [...at, 'nameservers']),
    searchDomains: namesOf(network?.searchDomains, [...at, 'searchDomains']),
    hosts: itemsOf(network?.hosts, [...at, 'hosts']).map(({ item, at }) => hostOf(item, at)),
    firewall: network?.firewall && firewallOf(network.firewall, [...at, 'firewall']),
    metadataGuard: given.metadataGuard,
    routeTimeout: given.routeTimeout,
  }
}

function linkOf(item: Recovered<NetworkLink>, at: Path): FullLink {
  const given = filled<NetworkLink>('NetworkLink', item, at)
  const kinds = KINDS.filter(kind => kind in item)
  const { match, bond, vlan, bridge, wireguard, dhcp4Overrides } = item
  return {
    ...given,
    kind: (kinds[0] as Kind | undefined) ?? 'physical',
    kinds: [...('match' in item ? ['match'] : []), ...kinds],
    match: match && matchOf(match, [...at, 'match']),
    bond: bond && bondOf(bond, [...at, 'bond']),
    vlan: vlan && filled<NetworkVlan>('NetworkVlan', vlan, [...at, 'vlan']),
    bridge: bridge && bridgeOf(bridge, [...at, 'bridge']),
    wireguard: wireguard && wireguardOf(wireguard, [...at, 'wireguard']),
    dhcp4Overrides:
      dhcp4Overrides && filled<Dhcp4Overrides>('Dhcp4Overrides', dhcp4Overrides, [...at, 'dhcp4Overrides']),
    addresses: prefixesOf(item.addresses, [...at, 'addresses']),
    routes: itemsOf(item.routes, [...at, 'routes']).map(({ item, at }) => routeOf(item, at)),
    rules: itemsOf(item.rules, [...at, 'rules']).map(({ item, at }) => placed<RoutingRule>(item, at)),
    nameservers: addressesOf(item.nameservers, [...at, 'nameservers']),
    searchDomains: namesOf(item.searchDomains, [...at, 'searchDomains']),
  }
}

function matchOf(item: Recovered<LinkMatch>, at: Path): FullMatch {
  return { ...placed<LinkMatch>(item, at), isAll: 'all' in item }
}

function firewallOf(item: Recovered<Firewall>, at: Path): FullFirewall {
  return {
    ...filled<Firewall>('Firewall', item, at),
    links: namesOf(item.links, [...at, 'links']),
    allow: itemsOf(item.allow, [...at, 'allow']).map(({ item, at }) => allowedOf(item, at)),
  }
}

function allowedOf(item: Recovered<Allowed>, at: Path): FullAllowed {
  const { ports, from } = item
  return {
    ...placed<Allowed>(item, at),
    hasPorts: 'ports' in item,
    ports: itemsOf(ports, [...at, 'ports']).map(({ item, at }) => portsOf(String(item), at)),
    hasFrom: 'from' in item,
    from: prefixesOf(from, [...at, 'from']),
  }
}

function portsOf(text: string, at: Path): FullPorts {
  const [first = 0, last = first] = text.split('-').map(Number)
  const outside = [first, last].find(port => port < 1 || port > 65535)
  if (outside !== undefined) return { at, text, range: undefined, why: `there is no port ${outside}` }
  if (first > last) return { at, text, range: undefined, why: 'the first is above the last' }
  return { at, text, range: [first, last], why: undefined }
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

function wireguardOf(item: Recovered<NetworkWireguard>, at: Path): FullWireguard {
  const peers = itemsOf(item.peers, [...at, 'peers']).map(({ item, at }) => peerOf(item, at))
  return { ...placed<NetworkWireguard>(item, at), peers }
}

function peerOf(item: Recovered<WireguardPeer>, at: Path): FullPeer {
  return {
    ...placed<WireguardPeer>(item, at),
    allowedIPs: prefixesOf(item.allowedIPs, [...at, 'allowedIPs']),
  }
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

const prefixesOf = (list: List<string>, at: Path): FullAddress[] =>
  itemsOf(list, at).map(({ item, at }) => ({ at, text: item, prefix: prefixOf(item) }))

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
