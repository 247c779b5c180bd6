/** Routes that the kernel can take, and rules that lead to them. */
import type { Report } from '../../diag/report.ts'
import type { Path } from '../../path.ts'
import type { IsWhole } from '../../recover/broken.ts'
import { addressProblem, type OwnNetwork } from '../../rules/address.ts'
import {
  type Address,
  contains,
  ipOf,
  ipText,
  isSame,
  networkText,
  type Prefix,
  prefixOf,
  widthOf,
} from '../../rules/ip.ts'
import { CONNECTED_METRIC, DEFAULT, LOCAL, MAIN, metricOf } from '../../rules/route.ts'
import { isGiven } from '../filled.ts'
import { checkNetworkText } from './check-network-text.ts'
import { familyOf, tablesOf } from './routing-rules.ts'
import type { FullLink, FullRoute, FullRule } from './types.ts'

export function checkRoutes(
  links: readonly FullLink[],
  own: OwnNetwork,
  report: Report,
  isWhole: IsWhole,
): void {
  const all = links.flatMap(link => link.addresses.flatMap(({ prefix }) => prefix?.address ?? []))
  const addresses = new Set(all.map(ipText))
  const seen: SeenRoutes = new Map(links.flatMap(connected))
  for (const link of links) {
    for (const route of link.routes) {
      checkDestination(route, link, report)
      checkGateway(route, link, own, report, isWhole)
      if (isWhole(['network', 'links', '*', 'addresses'])) checkSource(route, addresses, report)
      checkTable(route, report)
      if (route.to !== undefined) checkRouteTwice(route, seen, report)
    }
  }
}

function checkDestination(route: FullRoute, link: FullLink, report: Report): void {
  const { at, destination, gateway, to } = route
  if (!isGiven(route, 'destination') && !isGiven(route, 'gateway'))
    return report.add('network-route-empty', at, {}, { lacks: ['destination', 'gateway'] })
  if (destination === undefined) return
  const here = [...at, 'destination']
  const isTunnel = link.kind === 'wireguard'
  if ((destination === 'default' || (to?.length === 0 && !isTunnel)) && !isGiven(route, 'gateway'))
    return report.add('network-route-no-gateway', here, { destination, isTunnel })
  if (destination === 'default') return
  checkNetworkText({ at: here, text: destination, prefix: to }, report)
  if (to === undefined) return
  const hop = gateway === undefined ? undefined : ipOf(gateway)
  if (hop !== undefined && hop.family !== to.address.family)
    report.add('network-route-families', [...at, 'gateway'], { first: destination, second: gateway ?? '' })
}

function checkGateway(
  route: FullRoute,
  link: FullLink,
  own: OwnNetwork,
  report: Report,
  isWhole: IsWhole,
): void {
  const { at, gateway, onLink } = route
  if (!isGiven(route, 'gateway')) {
    if (onLink === true) report.add('network-route-on-link', [...at, 'onLink'], {}, { aim: 'key' })
    return
  }
  if (gateway === undefined) return
  const here = [...at, 'gateway']
  const hop = ipOf(gateway)
  if (hop === undefined)
    return report.add('network-ip-invalid', here, { text: gateway, what: 'an IP address' })
  const problem = addressProblem(hop, 'gateway', own)
  if (problem?.isError) return report.add('network-gateway-unusable', here, { gateway, why: problem.why })
  const prefixes = link.addresses.flatMap(({ prefix }) =>
    prefix?.address.family === hop.family ? [prefix] : [],
  )
  if (prefixes.some(({ address }) => isSame(address, hop)))
    return report.add('network-gateway-is-self', here, { gateway })
  if (onLink === true || isLinkLocal(hop) || prefixes.some(prefix => contains(prefix, hop))) return
  if (!isWhole([...link.at, 'addresses']) || !isWhole([...at, 'onLink'])) return
  const networks = prefixes.map(networkText)
  if (networks.length > 0) report.add('network-gateway-outside', here, { gateway, networks })
  else if (link.dhcp4 === true && hop.family === 4) {
    const hasRoutes = link.dhcp4Overrides?.useRoutes !== false
    report.add('network-dhcp-gateway', here, { gateway, hasRoutes })
  } else report.add('network-routes-dynamic-only', here, { destination: route.destination ?? 'default' })
}

/** Each link has the network fe80::/64. */
const isLinkLocal = ({ family, bits }: Address) => family === 6 && bits >> 118n === 0x3fan

function checkSource(route: FullRoute, addresses: ReadonlySet<string>, report: Report): void {
  const { at, source, to, destination = 'default', gateway = '' } = route
  if (source === undefined) return
  const here = [...at, 'source']
  const ip = ipOf(source)
  if (ip === undefined) report.add('network-ip-invalid', here, { text: source, what: 'an IP address' })
  else if (to !== undefined && ip.family !== to.address.family)
    report.add('network-route-families', here, {
      first: destination === 'default' ? gateway : destination,
      second: source,
    })
  else if (!addresses.has(ipText(ip))) report.add('network-route-source', here, { source })
}

function checkTable({ at, table }: { at: FullRoute['at']; table: number | undefined }, report: Report): void {
  if (table === LOCAL) report.add('network-table-reserved', [...at, 'table'], { table })
}

/** Routes by what the kernel tells them apart: none but the destination, the metric and the table, not even the link. */
type SeenRoutes = Map<string, { readonly at: Path; readonly address?: string }>

const keyOf = (to: Prefix, metric: number, table: number) => `${networkText(to)} ${metric} ${table}`

/** The routes that addresses of a link make to their own networks. One of IPv4 that is alone in its network makes none. */
function connected({ addresses }: FullLink): [string, { at: Path; address: string }][] {
  return addresses.flatMap(({ at, text, prefix }) => {
    if (prefix === undefined || prefix.length === 0) return []
    const { family } = prefix.address
    if (family === 4 && prefix.length === widthOf(prefix.address)) return []
    return [[keyOf(prefix, CONNECTED_METRIC[family], MAIN), { at, address: text }]]
  })
}

/** Of two routes to one destination one has another table or another metric. */
function checkRouteTwice(route: FullRoute, seen: SeenRoutes, report: Report): void {
  const { at, to, destination = 'default', metric, table = MAIN } = route
  // One that breaks the schema may be any.
  const areKnown = (['metric', 'table'] as const).every(
    key => route[key] !== undefined || !isGiven(route, key),
  )
  if (to === undefined || !areKnown) return
  const { family } = to.address
  const key = keyOf(to, metricOf(family, metric), table)
  const first = seen.get(key)
  seen.set(key, first ?? route)
  if (first === undefined) return
  const related = [{ path: first.at, message: 'the other is here' }]
  const { address } = first
  if (address !== undefined) report.add('network-route-connected', at, { destination, address }, { related })
  else if (to.length === 0 && table === MAIN) report.add('network-two-gateways', at, { family }, { related })
  else report.add('network-duplicate-route', at, { destination }, { related })
}

export function checkRules(links: readonly FullLink[], report: Report, isWhole: IsWhole): void {
  const seen = new Map<string, FullRule>()
  const tables = tablesOf(links)
  for (const rule of links.flatMap(link => link.rules)) {
    checkTable(rule, report)
    checkConditions(rule, report)
    if (isWhole(['network', 'links', '*', 'routes'])) checkRuleTable(rule, tables, report)
    const { at, from, to, mark, table, priority } = rule
    const networks = [from, to].map(text => {
      const prefix = text === undefined ? undefined : prefixOf(text)
      return prefix ? networkText(prefix) : text
    })
    const key = JSON.stringify([networks, mark, table, priority])
    const first = seen.get(key)
    seen.set(key, first ?? rule)
    if (first === undefined) continue
    const related = [{ path: first.at, message: 'the other is here' }]
    report.add('network-duplicate-rule', at, {}, { related })
  }
}

/** Somebody says what is in the table: the config, or of these three the kernel. */
function checkRuleTable(rule: FullRule, tables: ReturnType<typeof tablesOf>, report: Report): void {
  const { at, table } = rule
  if (table === undefined || [LOCAL, MAIN, DEFAULT].includes(table)) return
  const known = tables.get(table) ?? []
  const family = familyOf(rule)
  if (family === undefined ? known.length > 0 : known.includes(family)) return
  report.add('network-rule-table-empty', [...at, 'table'], {
    table,
    family: known.length > 0 ? family : undefined,
  })
}

function checkConditions(rule: FullRule, report: Report): void {
  const { at, from, to } = rule
  const given = (['from', 'to', 'mark'] as const).filter(key => isGiven(rule, key))
  if (given.length === 0) report.add('network-rule-empty', at, {}, { lacks: ['from', 'to', 'mark'] })
  const prefixes = (['from', 'to'] as const).map(key => {
    const text = rule[key]
    if (text === undefined) return undefined
    const prefix = prefixOf(text)
    const here = [...at, key]
    if (prefix?.length === 0)
      report.add('network-rule-everything', here, {
        key,
        prefix: text,
        others: given.filter(one => one !== key),
      })
    else checkNetworkText({ at: here, text, prefix }, report)
    return prefix
  })
  const [first, second] = prefixes
  if (first && second && first.address.family !== second.address.family)
    report.add('network-rule-families', [...at, 'to'], { from: from ?? '', to: to ?? '' })
}
