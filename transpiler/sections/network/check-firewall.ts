/** network.firewall: the links that it closes, and whether the cluster still reaches the node. */
import type { Report } from '../../diag/report.ts'
import type { IsWhole } from '../../recover/broken.ts'
import { withoutBrackets } from '../../rules/host.ts'
import { contains, ipOf, ipText, type Prefix } from '../../rules/ip.ts'
import { partsOf } from '../../rules/web-address.ts'
import { isGiven } from '../filled.ts'
import type { FullConfig } from '../full-config.ts'
import { letBy, opens } from './allowed.ts'
import { checkAllow } from './check-allow.ts'
import { isMeant, membersOf } from './check-members.ts'
import { KUBELET_PORT } from './firewall-presets.ts'
import { linkNameDoubt } from './interface-names.ts'
import { METADATA_ADDRESSES } from './metadata-addresses.ts'
import { type FullFirewall, type FullLink, type FullName, nameOf } from './types.ts'
import { linkMeantBy } from './vlan-links.ts'

const AT = ['network', 'firewall']

export function checkFirewall(config: FullConfig, report: Report, isWhole: IsWhole): void {
  const { links, firewall, isOfPlatform } = config.network
  if (firewall === undefined) return
  if (isOfPlatform) return report.add('network-firewall-no-links', firewall.at, {}, { aim: 'key' })
  const seen = new Map<string, FullName>()
  const areKnown = ['name', 'match', 'bond', 'bridge'].every(key => isWhole(['network', 'links', '*', key]))
  for (const external of firewall.links) {
    const first = seen.get(external.name)
    seen.set(external.name, first ?? external)
    if (first !== undefined)
      report.add(
        'network-firewall-link-twice',
        external.at,
        { name: external.name },
        { related: [{ path: first.at, message: 'first given here' }] },
      )
    else if (areKnown) checkLink(external, links, report)
  }
  checkAllow(firewall.allow, report, isWhole)
  if (isWhole(AT)) checkTunnels(links, firewall, report)
  if (isWhole(AT) && isWhole(['network', 'links'])) checkKubelet(config, firewall, report)
}

/** Packets of a member come in by the bond or the bridge that it belongs to. */
function checkLink({ at, name }: FullName, links: readonly FullLink[], report: Report): void {
  if (name === 'lo') return report.add('network-loopback', at, { as: 'outside' })
  const of = links.find(link => membersOf(link)?.some(member => isNamed(member.name, name, links, member)))
  if (of !== undefined) return report.add('network-firewall-link-member', at, { name, of: nameOf(of) ?? '' })
  if (links.some(link => nameOf(link) === name)) return
  const meant = linkMeantBy(name, links)
  const doubt = linkNameDoubt(name)
  if (meant === undefined && hasAll(links)) {
    // Nothing renames it, and a pod network makes its own interfaces later.
    if (doubt === 'renamed') report.add('network-interface-renamed', at, { name })
    return
  }
  report.add('network-firewall-link-unknown', at, {
    name,
    meant: meant && nameOf(meant),
    links: links.flatMap(link => nameOf(link) ?? []),
  })
}

/** Whether a member is the link of this name, which may be found by other facts. */
function isNamed(
  own: string | undefined,
  name: string,
  links: readonly FullLink[],
  member: Parameters<typeof isMeant>[1],
): boolean {
  return own === name || links.some(link => nameOf(link) === name && isMeant(link, member))
}

/** Whether an entry means all interfaces, so that any name may be one of them. */
const hasAll = (links: readonly FullLink[]) => links.some(({ match }) => match?.isAll)

/** The API server opens connections to the kubelet, and these are not answers. */
function checkKubelet(config: FullConfig, firewall: FullFirewall, report: Report): void {
  const { role, kubeletConfig, worker } = config.kubernetes
  if (role !== 'worker' || firewall.force === true) return
  const port = typeof kubeletConfig.port === 'number' ? kubeletConfig.port : KUBELET_PORT
  if (firewall.allow.flatMap(letBy).some(one => opens(one, 'tcp', port))) return
  const named = new Set(firewall.links.map(({ name }) => name))
  const ways = waysTo(worker?.discovery.endpoint, config.network.links)
  if (ways.length === 0 || !ways.every(link => isExternal(link, named, config.network.links))) return
  const at = isGiven(firewall, 'allow') ? [...firewall.at, 'allow'] : firewall.at
  const links = firewall.links.map(({ name }) => name)
  report.add('network-firewall-kubelet-closed', at, { port, links }, { aim: 'key' })
}

/** A peer without an endpoint sends first, and nothing that the node has sent lets that in. */
function checkTunnels(links: readonly FullLink[], { allow }: FullFirewall, report: Report): void {
  for (const { wireguard } of links) {
    const port = wireguard?.listenPort
    if (port === undefined || wireguard?.peers.every(peer => isGiven(peer, 'endpoint'))) continue
    if (!allow.flatMap(letBy).some(one => opens(one, 'udp', port)))
      report.add('network-firewall-tunnel-closed', [...(wireguard?.at ?? []), 'listenPort'], { port })
  }
}

/** Pods open connections to the API server too, and the guard closes its address to them. The node itself is not looked at. */
export function checkGuard({ network, kubernetes }: FullConfig, report: Report): void {
  const address = hostOf(kubernetes.worker?.discovery.endpoint)
  const text = address && ipText(address)
  if (network.metadataGuard === true && text !== undefined && METADATA_ADDRESSES.includes(text))
    report.add('network-guard-endpoint', ['network', 'metadataGuard'], { address: text }, { aim: 'key' })
}

/** The address of an endpoint; undefined: it has a name, or is wrong. */
const hostOf = (endpoint = '') => ipOf(withoutBrackets(partsOf(endpoint).host))

/** Links that may lead to the API server: those in whose network it is, or else all that have an address. */
function waysTo(endpoint: string | undefined, links: readonly FullLink[]): readonly FullLink[] {
  const address = hostOf(endpoint)
  const isIn = (prefix: Prefix | undefined) =>
    address !== undefined && prefix !== undefined && contains(prefix, address)
  const near = links.filter(({ addresses }) => addresses.some(({ prefix }) => isIn(prefix)))
  if (near.length > 0) return near
  return links.filter(
    ({ kind, addresses, dhcp4, dhcp6, slaac }) =>
      kind !== 'dummy' && (addresses.length > 0 || dhcp4 === true || dhcp6 === true || slaac === true),
  )
}

/** An entry for all interfaces is closed with any of them: which of them there are is not known. */
function isExternal(link: FullLink, named: ReadonlySet<string>, links: readonly FullLink[]): boolean {
  if (!link.match?.isAll) return named.has(nameOf(link) ?? '')
  return [...named].some(name => !links.some(one => nameOf(one) === name))
}
