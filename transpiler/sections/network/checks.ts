/** network: what each link says, and what the links say of each other. */
import type { Report } from '../../diag/report.ts'
import type { IsWhole } from '../../recover/broken.ts'
import type { OwnNetwork } from '../../rules/address.ts'
import { addressProblem } from '../../rules/address.ts'
import { checkDuration } from '../../rules/duration.ts'
import { ipText, prefixProblem } from '../../rules/ip.ts'
import { isGiven } from '../filled.ts'
import type { FullConfig } from '../full-config.ts'
import { ownNetwork } from '../own-network.ts'
import { checkFirewall, checkGuard } from './check-firewall.ts'
import { checkBond, checkBridge } from './check-made.ts'
import { checkKernelName, checkMatch } from './check-match.ts'
import { checkMembers, isMeant, membersOf } from './check-members.ts'
import { checkMtus } from './check-mtus.ts'
import { checkHosts, checkSearchDomains } from './check-names.ts'
import { checkOverlaps } from './check-overlaps.ts'
import { checkMetrics, checkOverrides } from './check-overrides.ts'
import { checkRoutes, checkRules } from './check-routes.ts'
import { checkTwice } from './check-twice.ts'
import { checkWireguard } from './check-wireguard.ts'
import { isReservedName } from './interface-names.ts'
import { checkNesting, nestingOf } from './nesting.ts'
import { type FullAddress, type FullLink, type FullNameserver, KINDS } from './types.ts'
import { isMeantBelow } from './vlan-links.ts'

export function checkNetwork(config: FullConfig, report: Report, isWhole: IsWhole): void {
  const { network } = config
  const own = ownNetwork(config, isWhole)
  const nesting = nestingOf(network.links)
  checkDuration(network.routeTimeout, ['1s', '1h'], ['network', 'routeTimeout'], report)
  for (const link of network.links) {
    checkKind(link, report)
    checkMtu(link, report)
    for (const address of link.addresses) checkAddress(address, own, report)
    checkOverrides(link, report, isWhole)
    if (link.bond) checkBond(link.bond, report, isWhole)
    if (link.bridge) checkBridge(link.bridge, report)
  }
  const areWhole = (at: readonly string[]) => isWhole(['network', 'links', '*', ...at])
  if (MADE_OF.every(areWhole)) checkUse(network.links, report)
  if ([...MADE_OF, ['name'], ['match']].every(areWhole)) checkMtus(nesting, report)
  checkAll(network.links, report)
  checkTwice(network.links, report)
  checkOverlaps(network.links, report)
  checkMetrics(network.links, report)
  checkMembers(network.links, report, isWhole)
  checkNesting(nesting, report)
  checkRoutes(network.links, own, report, isWhole)
  checkRules(network.links, report, isWhole)
  checkWireguard(config, own, report, isWhole)
  checkNameservers([...network.links.flatMap(link => link.nameservers), ...network.nameservers], own, report)
  checkSearchDomains(network, report)
  checkHosts(config, report)
  checkFirewall(config, report, isWhole)
  checkGuard(config, report)
}

function checkKind(link: FullLink, report: Report): void {
  const { at, kind, kinds, name, match } = link
  if (kinds.length > 1)
    return report.add(
      'network-link-kinds',
      [...at, kinds[1] ?? ''],
      { given: kinds, kinds: WORDS },
      { aim: 'key' },
    )
  if (name === 'lo') return report.add('network-loopback', [...at, 'name'], { as: 'entry' })
  if (name !== undefined && isReservedName(name))
    return report.add('network-name-reserved', [...at, 'name'], { name })
  if (kind !== 'physical') {
    if (!isGiven(link, 'name')) report.add('network-link-no-name', at, { kind }, { lacks: ['name'] })
    if (kind === 'dummy') checkDummy(link, report)
    return
  }
  if (!isGiven(link, 'name') && kinds.length === 0)
    report.add('network-interface-no-selector', at, {}, { lacks: ['name', 'match'] })
  if (match !== undefined) checkMatch(match, report)
  // With match the name is that which it gets.
  else if (name !== undefined) checkKernelName(name, [...at, 'name'], report)
}

const WORDS = ['match', ...KINDS.slice(1)]

function checkDummy({ at, dhcp4, dhcp6, slaac }: FullLink, report: Report): void {
  for (const [key, is] of Object.entries({ dhcp4, dhcp6, slaac }))
    if (is === true) report.add('network-dummy-dynamic', [...at, key], { key }, { aim: 'key' })
}

function checkMtu({ at, mtu, addresses, dhcp6, slaac }: FullLink, report: Report): void {
  const hasIpv6 =
    dhcp6 === true || slaac === true || addresses.some(({ prefix }) => prefix?.address.family === 6)
  if (mtu !== undefined && mtu < 1280 && hasIpv6) report.add('network-mtu-ipv6', [...at, 'mtu'], { mtu })
}

function checkAddress({ at, text, prefix }: FullAddress, own: OwnNetwork, report: Report): void {
  if (prefix === undefined)
    return report.add('network-address-invalid', at, { text, why: prefixProblem(text) })
  const address = text
  if (prefix.length === 0)
    return report.add('network-address-unusable', at, {
      address,
      why: 'a network of 0 bits is the whole internet',
    })
  // Of the other interfaces' networks it may be any address; that they overlap is said elsewhere.
  const problem = addressProblem(prefix.address, 'interface', { ...own, networks: [prefix] })
  if (problem !== undefined) report.add('network-address-unusable', at, { address, why: problem.why })
}

/** What links are made of. */
const MADE_OF = [
  ['bond', 'members'],
  ['bridge', 'members'],
  ['vlan', 'link'],
] as const

/** What gives a link addresses that are not in the config. */
const DYNAMIC = ['dhcp4', 'dhcp6', 'slaac'] as const

/** A link of the machine has an address, or something is made of it. */
function checkUse(links: readonly FullLink[], report: Report): void {
  const members = links.flatMap(link => membersOf(link) ?? [])
  for (const link of links) {
    const { at, kind, addresses, routes } = link
    const isMember = members.some(member => isMeant(link, member))
    const hasVlan = links.some(({ vlan }) => vlan !== undefined && isMeantBelow(link, vlan, links))
    const isDynamic = DYNAMIC.some(key => link[key] === true)
    const lacks = ['name', 'match', 'addresses', ...DYNAMIC, 'routes', ...KINDS.slice(1)]
    if (kind === 'physical' && !isMember && !hasVlan && !isDynamic && addresses.length + routes.length === 0)
      report.add('network-interface-no-address', at, {}, { lacks })
  }
}

/** At most one entry for all, and it has no address of its own. */
function checkAll(links: readonly FullLink[], report: Report): void {
  const all = links.filter(({ match }) => match?.isAll)
  for (const { at, name, addresses } of all) {
    if (name !== undefined) report.add('network-all-named', [...at, 'name'], { name })
    const [first] = addresses
    if (first !== undefined) report.add('network-all-static', first.at, { address: first.text })
  }
  const [, second] = all
  if (second !== undefined)
    report.add('network-all-twice', [...second.at, 'match', 'all'], {}, { aim: 'key' })
}

function checkNameservers(servers: readonly FullNameserver[], own: OwnNetwork, report: Report): void {
  const seen = new Set<string>()
  for (const { at, address, ip } of servers) {
    if (ip === undefined) {
      report.add('network-ip-invalid', at, { text: address, what: 'an IP address' })
      continue
    }
    if (seen.has(ipText(ip))) report.add('network-duplicate-nameserver', at, { address })
    seen.add(ipText(ip))
    const use = at.includes('links') ? 'link-nameserver' : 'nameserver'
    const problem = addressProblem(ip, use, own)
    if (problem === undefined) continue
    const { isError, why, hint } = problem
    if (isError) report.add('network-nameserver-unusable', at, { address, why })
    else report.add('network-nameserver-unreachable', at, { what: `\`${address}\``, why, hint })
  }
  const fourth = servers[3]
  if (fourth !== undefined) report.add('network-nameservers-many', fourth.at, { count: servers.length })
}
