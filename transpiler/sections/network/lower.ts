/** network → links with numbers, each after what it is made of. */
import type {
  Dhcp4Overrides,
  HostEntry,
  LinkKind,
  LinkMember,
  LinkSelector,
  Network,
  NetworkLink,
  Route,
  RoutingRule,
  WireguardEndpoint,
  WireguardPeer,
} from '../../../schema/generated/machine.ts'
import type { Origins } from '../../machine/origins.ts'
import { lowerBy, type Rows } from '../../machine/rows.ts'
import type { Path } from '../../path.ts'
import { certain } from '../../rules/certain.ts'
import { type Address, ipOf, ipText } from '../../rules/ip.ts'
import { MAIN, metricOf } from '../../rules/route.ts'
import { millisecondsOf } from '../../rules/units.ts'
import type { Item } from '../item.ts'
import { monitorOf } from './check-made.ts'
import { lowerFirewall } from './lower-firewall.ts'
import { lowerPrefix } from './lower-prefix.ts'
import { METADATA_ADDRESSES } from './metadata-addresses.ts'
import { inOrder, nestingOf } from './nesting.ts'
import { type WholeRule, wholeRules } from './routing-rules.ts'
import {
  type FullBond,
  type FullBridge,
  type FullHost,
  type FullLink,
  type FullMatch,
  type FullMember,
  type FullName,
  type FullNameserver,
  type FullNetwork,
  type FullOverrides,
  type FullPeer,
  type FullRoute,
  type FullWireguard,
  nameOf,
} from './types.ts'
import { endpointOf } from './wireguard-endpoint.ts'

type KindOf<T> = Extract<LinkKind, { type: T }>

const NETWORK: Rows<FullNetwork & Item, Network> = {
  links: ({ links }, origins) => {
    const whole = wholeRules(links)
    return inOrder(nestingOf(links)).map(link => {
      const rules = link.rules.flatMap(rule => whole.get(rule) ?? [])
      return lowerBy(LINK, { ...link, rules }, origins)
    })
  },
  linksFrom: ({ isOfPlatform }) => (isOfPlatform ? 'platform' : undefined),
  nameservers: ({ at, nameservers }, origins) =>
    origins.listOf([...at, 'nameservers'], nameservers, lowerNameserver),
  searchDomains: ({ at, searchDomains }, origins) =>
    lowerNames(searchDomains, [...at, 'searchDomains'], origins),
  hosts: ({ hosts }, origins) => some(hosts.map(host => lowerBy(HOST, host, origins))),
  firewall: ({ firewall }, origins) => firewall && lowerFirewall(firewall, origins),
  metadataGuard: ({ metadataGuard }) => (metadataGuard === true ? [...METADATA_ADDRESSES] : undefined),
  routeTimeoutMs: ({ routeTimeout }) => millisecondsOf(certain(routeTimeout, 'network.routeTimeout')),
}

interface WholeLink extends FullLink {
  readonly rules: readonly WholeRule[]
}

const LINK: Rows<WholeLink, NetworkLink> = {
  name: nameOf,
  kind: lowerKind,
  mtuBytes: ({ mtu }) => mtu,
  dhcp4: ({ dhcp4 }) => dhcp4 || undefined,
  dhcp4Overrides: lowerOverrides,
  dhcp6: ({ dhcp6 }) => dhcp6 || undefined,
  slaac: ({ slaac }) => slaac || undefined,
  addresses: ({ addresses }, origins) => addresses.map(({ at, text }) => lowerPrefix(text, at, origins)),
  routes: ({ routes }, origins) => routes.map(route => lowerBy(ROUTE, route, origins)),
  rules: ({ rules }, origins) => some(rules.map(rule => lowerBy(RULE, rule, origins))),
  nameservers: ({ at, nameservers }, origins) =>
    some(origins.listOf([...at, 'nameservers'], nameservers, lowerNameserver)),
  searchDomains: ({ at, searchDomains }, origins) =>
    lowerNames(searchDomains, [...at, 'searchDomains'], origins),
}

const BOND: Rows<FullBond, KindOf<'bond'>> = {
  type: () => 'bond',
  mode: ({ mode }) => certain(mode, 'mode'),
  members: lowerMembers,
  miiMonitorIntervalMs: bond => milliseconds(monitorOf(bond)),
  upDelayMs: ({ upDelay }) => milliseconds(upDelay),
  downDelayMs: ({ downDelay }) => milliseconds(downDelay),
  arpIntervalMs: ({ arpInterval }) => milliseconds(arpInterval),
  arpIpTargets: ({ at, arpIPTargets }, origins) =>
    some(origins.listOf([...at, 'arpIPTargets'], arpIPTargets, lowerNameserver)),
  arpValidate: 'same',
  arpAllTargets: 'same',
  primary: ({ primary, members }) =>
    primary === undefined ? undefined : members.findIndex(({ name }) => name === primary),
  primaryReselectPolicy: 'same',
  failOverMacPolicy: ({ failOverMACPolicy }) => failOverMACPolicy,
  transmitHashPolicy: 'same',
  lacpRate: 'same',
  adSelect: 'same',
  minLinks: 'same',
  allMembersActive: 'same',
  gratuitousArp: ({ gratuitousARP }) => gratuitousARP,
  packetsPerMember: 'same',
  resendIgmp: ({ resendIGMP }) => resendIGMP,
  learnPacketIntervalMs: ({ learnPacketInterval }) => milliseconds(learnPacketInterval),
}

const BRIDGE: Rows<FullBridge, KindOf<'bridge'>> = {
  type: () => 'bridge',
  members: lowerMembers,
  stp: ({ stp }) => certain(stp, 'stp'),
  priority: 'same',
  forwardDelayMs: ({ forwardDelay }) => milliseconds(forwardDelay),
  helloTimeMs: ({ helloTime }) => milliseconds(helloTime),
  maxAgeMs: ({ maxAge }) => milliseconds(maxAge),
  ageingTimeMs: ({ ageingTime }) => milliseconds(ageingTime),
}

const WIREGUARD: Rows<FullWireguard, KindOf<'wireguard'>> = {
  type: () => 'wireguard',
  privateKey: 'same',
  listenPort: 'same',
  mark: 'same',
  peers: ({ peers }, origins) => peers.map(peer => lowerBy(PEER, peer, origins)),
}

const PEER: Rows<FullPeer, WireguardPeer> = {
  publicKey: ({ publicKey }) => certain(publicKey, 'publicKey'),
  presharedKey: 'same',
  endpoint: lowerEndpoint,
  allowedIps: ({ allowedIPs }, origins) => allowedIPs.map(({ at, text }) => lowerPrefix(text, at, origins)),
  persistentKeepaliveSeconds: ({ persistentKeepalive: time }) =>
    time === undefined ? undefined : millisecondsOf(time) / 1000,
}

const MEMBER: Rows<FullMember, LinkMember> = {
  name: 'same',
  mac: ({ mac }) => mac?.toLowerCase(),
  permanentMac: ({ permanentMac }) => permanentMac?.toLowerCase(),
  driver: 'same',
  path: ({ path }) => path?.toLowerCase(),
}

const SELECTOR: Rows<FullMatch, LinkSelector> = { ...MEMBER, all: ({ isAll }) => isAll || undefined }

const OVERRIDES: Rows<FullOverrides, Dhcp4Overrides> = {
  useRoutes: ({ useRoutes }) => unless(true, useRoutes),
  useDns: ({ useDNS }) => unless(true, useDNS),
  useDomains: ({ useDomains }) => unless(true, useDomains),
  useNtp: ({ useNTP }) => unless(true, useNTP),
  useMtu: ({ useMTU }) => unless(true, useMTU),
  useHostname: ({ useHostname }) => unless(true, useHostname),
  sendHostname: ({ sendHostname }) => unless(true, sendHostname),
  routeMetric: 'same',
  clientId: ({ clientID }) => unless('mac', clientID),
  vendorClass: 'same',
  probe: ({ probe }) => unless(false, probe),
}

const ROUTE: Rows<FullRoute, Route> = {
  destination: ({ to }) => ipText(certain(to, 'destination').address),
  prefixLength: ({ to }) => certain(to, 'destination').length,
  gateway: ({ gateway }) => canonical(gateway),
  source: ({ source }) => canonical(source),
  // The metric that the kernel would take is left out, so that each route has one form.
  metric: ({ to, metric }) => {
    const { family } = certain(to, 'destination').address
    return metricOf(family, metric) === metricOf(family, undefined) ? undefined : metric
  },
  table: ({ table }) => (table === MAIN ? undefined : table),
  onLink: ({ onLink }) => onLink || undefined,
}

const RULE: Rows<WholeRule, RoutingRule> = {
  from: ({ at, from }, origins) =>
    from === undefined ? undefined : lowerPrefix(from, [...at, 'from'], origins),
  to: ({ at, to }, origins) => (to === undefined ? undefined : lowerPrefix(to, [...at, 'to'], origins)),
  mark: 'same',
  family: 'same',
  table: ({ table }) => certain(table, 'table'),
  priority: 'same',
}

const HOST: Rows<FullHost, HostEntry> = {
  address: ({ ip }) => ipText(certain(ip, 'address')),
  names: ({ at, names }, origins) => origins.listOf([...at, 'names'], names, ({ name }) => name),
}

export function lowerNetwork(network: FullNetwork, origins: Origins): Network {
  return lowerBy(NETWORK, { ...network, at: ['network'] }, origins)
}

function lowerKind(link: FullLink, origins: Origins): LinkKind {
  const { at, kind, name, match, bond, vlan, bridge, wireguard } = link
  if (kind === 'bond') return lowerBy(BOND, certain(bond, 'bond'), origins)
  if (kind === 'bridge') return lowerBy(BRIDGE, certain(bridge, 'bridge'), origins)
  if (kind === 'wireguard') return lowerBy(WIREGUARD, certain(wireguard, 'wireguard'), origins)
  if (kind === 'dummy') return origins.from([...at, 'dummy'], { type: 'dummy' })
  if (kind === 'vlan') {
    const { at, link: on, id, protocol } = certain(vlan, 'vlan')
    return origins.from(at, {
      type: 'vlan',
      link: certain(on, 'link'),
      id: certain(id, 'id'),
      protocol: certain(protocol, 'protocol'),
    })
  }
  const selector =
    match === undefined
      ? origins.from(at, { name: certain(name, 'name') })
      : lowerBy(SELECTOR, match, origins)
  return origins.from(match?.at ?? at, { type: 'physical', selector })
}

/** Those that differ from what a lease means without them; nothing if none does. */
function lowerOverrides({ dhcp4Overrides }: FullLink, origins: Origins): Dhcp4Overrides | undefined {
  const lowered = dhcp4Overrides && lowerBy(OVERRIDES, dhcp4Overrides, origins)
  return lowered && Object.keys(lowered).length > 0 ? lowered : undefined
}

const unless = <T>(usual: T, value: T | undefined): T | undefined => (value === usual ? undefined : value)

function lowerMembers({ members }: FullBond | FullBridge, origins: Origins): LinkMember[] {
  return members.map(member => lowerBy(MEMBER, member, origins))
}

function lowerEndpoint({ at, endpoint }: FullPeer, origins: Origins): WireguardEndpoint | undefined {
  if (endpoint === undefined) return undefined
  const { host, port } = certain(endpointOf(endpoint), 'endpoint')
  const here = [...at, 'endpoint']
  return origins.from(here, { host: canonical(host) ?? host, port }, { host: here, port: here })
}

const lowerNameserver = ({ ip }: FullNameserver): string => ipText(certain<Address>(ip, 'address'))

function lowerNames(names: readonly FullName[], at: Path, origins: Origins): string[] | undefined {
  return some(origins.listOf(at, names, ({ name }) => name.replace(/\.$/, '')))
}

const canonical = (text: string | undefined) => {
  const ip = text === undefined ? undefined : ipOf(text)
  return ip && ipText(ip)
}

const milliseconds = (time: string | undefined) => (time === undefined ? undefined : millisecondsOf(time))

/** A list that is left out when it has nothing in it. */
const some = <T>(list: T[]): T[] | undefined => (list.length > 0 ? list : undefined)
