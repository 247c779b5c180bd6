/** kubernetes.nodeAddress: networks of which the node can have an address. */
import type { Report } from '../../diag/report.ts'
import type { Path } from '../../path.ts'
import type { IsWhole } from '../../recover/broken.ts'
import { nodeNetworkProblem } from '../../rules/address.ts'
import { contains, covers, type Family, networkText, type Prefix, prefixProblem } from '../../rules/ip.ts'
import type { FullConfig } from '../full-config.ts'
import { hasHostBits } from './prefixes.ts'
import type { FullPrefix } from './types.ts'

const HERE: Path = ['kubernetes', 'nodeAddress']

interface Subnet extends FullPrefix {
  readonly prefix: Prefix
}

export function checkNodeAddress(
  { kubernetes, network }: FullConfig,
  report: Report,
  isWhole: IsWhole,
): void {
  const { nodeSubnets: given, extraArgs = [] } = kubernetes.worker ?? {}
  if (given === undefined) return
  const flag = extraArgs.find(({ name }) => name === 'node-ip')
  if (flag !== undefined)
    report.add(
      'kubernetes-node-address-twice',
      flag.at,
      {},
      { aim: 'key', related: [{ path: HERE, message: 'nodeAddress is here' }] },
    )
  const subnets = given.filter(subnet => checkSubnet(subnet, report))
  checkCovered(subnets, report)
  if (
    isWhole(['network', 'links', '*']) &&
    isWhole([...HERE, 'subnets', '*']) &&
    subnets.length === given.length
  )
    for (const family of [4, 6] as const) checkReach(family, subnets, network.links, report)
}

function checkSubnet(subnet: FullPrefix, report: Report): subnet is Subnet {
  const { at, text, prefix } = subnet
  const add = (why: string, better?: string) =>
    report.add('kubernetes-node-address-invalid', at, { text, why, better })
  if (prefix === undefined) {
    add(prefixProblem(text))
    return false
  }
  const why = nodeNetworkProblem(prefix)
  if (why !== undefined) add(why)
  else if (hasHostBits(prefix)) add('it is an address and not a network', networkText(prefix))
  return why === undefined
}

function checkCovered(subnets: readonly Subnet[], report: Report): void {
  for (const [i, { at, text, prefix }] of subnets.entries()) {
    const earlier = subnets.slice(0, i).find(other => covers(other.prefix, prefix))
    if (earlier === undefined) continue
    const related = [{ path: earlier.at, message: 'the wider network is here' }]
    report.add('kubernetes-node-address-covered', at, { text, earlier: earlier.text }, { related })
  }
}

/** Whether the node may have an address of a family that is named. Without a link nothing is said: that is reported for the links. */
function checkReach(
  family: Family,
  subnets: readonly Subnet[],
  links: FullConfig['network']['links'],
  report: Report,
): void {
  const named = subnets.filter(({ prefix }) => prefix.address.family === family)
  const [first] = named
  const isDynamic = links.some(({ dhcp4, dhcp6, slaac }) =>
    family === 4 ? dhcp4 === true : dhcp6 === true || slaac === true,
  )
  if (first === undefined || isDynamic || links.length === 0) return
  const own = links.flatMap(({ addresses }) => addresses.flatMap(({ prefix }) => prefix?.address ?? []))
  if (own.some(address => named.some(({ prefix }) => contains(prefix, address)))) return
  report.add('kubernetes-node-address-nowhere', first.at, { subnets: named.map(({ text }) => text), family })
}
