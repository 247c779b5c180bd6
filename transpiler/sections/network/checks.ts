/** network: selectors that name one interface each, and addresses that can work together. */
import type { Report } from '../../diag/report.ts'
import type { Path } from '../../path.ts'
import type { IsWhole } from '../../recover/broken.ts'
import type { OwnNetwork } from '../../rules/address.ts'
import { addressProblem } from '../../rules/address.ts'
import { checkDuration } from '../../rules/duration.ts'
import { contains, firstOf, ipv4Of, ipv4Text, overlap, prefixOf } from '../../rules/ipv4.ts'
import { isGiven } from '../filled.ts'
import type { FullConfig } from '../full-config.ts'
import { ownNetwork } from '../own-network.ts'
import { nameWithoutInterface } from './interface-names.ts'
import type { FullInterface } from './types.ts'

export function checkNetwork(config: FullConfig, report: Report, isWhole: IsWhole): void {
  const { interfaces, nameservers, routeTimeout } = config.network
  const own = ownNetwork(config, isWhole)
  checkDuration(routeTimeout, ['1s', '1h'], ['network', 'routeTimeout'], report)
  for (const nic of interfaces) {
    checkSelector(nic, report)
    checkMethod(nic, report)
    if (nic.address !== undefined) checkAddress(nic.address, nic.at, own, report)
    if (nic.gateway !== undefined) checkUse(nic.gateway, 'gateway', [...nic.at, 'gateway'], own, report)
    if (nic.address !== undefined && nic.gateway !== undefined && isWhole([...nic.at, 'address']))
      checkGateway(nic.gateway, nic.address, nic.at, own, report)
  }
  const [, second] = interfaces.filter(({ isAll }) => isAll)
  if (second !== undefined) report.add('network-all-twice', [...second.at, 'all'], {}, { aim: 'key' })
  checkTwice(interfaces, report)
  checkRoutes(interfaces, report)
  const servers = new Set<string>()
  for (const { at, address } of nameservers) {
    if (servers.has(address)) report.add('network-duplicate-nameserver', at, { address })
    servers.add(address)
    checkUse(address, 'nameserver', at, own, report)
  }
}

function checkSelector(nic: FullInterface, report: Report): void {
  const { at, name, mac, isAll } = nic
  const given = [...(['name', 'mac'] as const).filter(key => isGiven(nic, key)), ...(isAll ? ['all'] : [])]
  if (given.length === 0)
    report.add('network-interface-no-selector', at, {}, { lacks: ['name', 'mac', 'all'] })
  if (given.length > 1)
    report.add('network-interface-named-twice', [...at, given[1] ?? ''], { given }, { aim: 'key' })
  if (name !== undefined) checkName(name, [...at, 'name'], report)
  // The lowest bit of the first byte says group; nobody has the address of zeros.
  const isGroup = mac !== undefined && (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1
  if (isGroup || mac === '00:00:00:00:00:00')
    report.add('network-mac-unusable', [...at, 'mac'], { mac: mac ?? '' })
}

function checkName(name: string, at: Path, report: Report): void {
  if (name === 'lo') return report.add('network-loopback', at, {})
  const found = nameWithoutInterface(name)
  if (found === 'renamed') report.add('network-interface-renamed', at, { name })
  else if (found !== undefined) report.add('network-interface-unsupported', at, { name, kind: found.kind })
}

/** A static address or DHCP, and nothing that belongs to the other. */
function checkMethod(nic: FullInterface, report: Report): void {
  const { at, isAll, address, isDhcp, gateway } = nic
  const hasAddress = isGiven(nic, 'address')
  if (isAll && address !== undefined) report.add('network-all-static', [...at, 'address'], { address })
  else if (isDhcp && address !== undefined)
    report.add('network-dhcp-address', [...at, 'dhcp'], { address }, { aim: 'key' })
  else if (isDhcp && !hasAddress && gateway !== undefined)
    report.add('network-dhcp-gateway', [...at, 'gateway'], { gateway })
  else if (!isDhcp && !hasAddress)
    report.add('network-interface-no-address', at, {}, { lacks: ['address', 'dhcp'] })
}

function checkAddress(address: string, at: Path, own: OwnNetwork, report: Report): void {
  const prefix = prefixOf(address)
  const here = [...at, 'address']
  if (prefix.length === 0)
    return report.add('network-address-unusable', here, {
      address,
      why: 'a network of 0 bits is the whole internet',
    })
  // Of the other interfaces' networks it may be any address; that they overlap is said elsewhere.
  const problem = addressProblem(address.split('/')[0] ?? '', 'interface', { ...own, networks: [prefix] })
  if (problem !== undefined) report.add('network-address-unusable', here, { address, why: problem.why })
}

/** An address of another machine. */
function checkUse(
  address: string,
  use: 'gateway' | 'nameserver',
  at: Path,
  own: OwnNetwork,
  report: Report,
): void {
  const problem = addressProblem(address, use, own)
  if (problem === undefined) return
  const { isError, why, hint } = problem
  if (!isError) report.add('network-nameserver-unreachable', at, { what: `\`${address}\``, why, hint })
  else if (use === 'gateway') report.add('network-gateway-unusable', at, { gateway: address, why })
  else report.add('network-nameserver-unusable', at, { address, why })
}

function checkGateway(gateway: string, address: string, at: Path, own: OwnNetwork, report: Report): void {
  const prefix = prefixOf(address)
  const network = `${ipv4Text(firstOf(prefix))}/${prefix.length}`
  const here = [...at, 'gateway']
  // A wrong kind of address is outside, too.
  if (addressProblem(gateway, 'gateway', own) !== undefined) return
  if (ipv4Of(gateway) === prefix.address) report.add('network-gateway-is-self', here, { gateway })
  else if (!contains(prefix, ipv4Of(gateway)))
    report.add('network-gateway-outside', here, { gateway, network })
}

/** One interface, one entry; one address, one interface. */
function checkTwice(interfaces: readonly FullInterface[], report: Report): void {
  const seen = new Map<string, FullInterface>()
  const keys = (nic: FullInterface) => [
    { field: 'name', value: nic.name },
    { field: 'mac', value: nic.mac?.toLowerCase() },
    { field: 'address', value: nic.address?.split('/')[0] },
  ]
  for (const nic of interfaces) {
    for (const { field, value } of keys(nic)) {
      if (value === undefined) continue
      const first = seen.get(`${field} ${value}`)
      seen.set(`${field} ${value}`, first ?? nic)
      if (first === undefined) continue
      const related = [{ path: [...first.at, field], message: 'first given here' }]
      report.add('network-duplicate', [...nic.at, field], { field, value }, { related })
    }
  }
}

/** At most one default route, and no network on two interfaces. */
function checkRoutes(interfaces: readonly FullInterface[], report: Report): void {
  const [first, second] = interfaces.filter(nic => isGiven(nic, 'gateway'))
  if (first !== undefined && second !== undefined) {
    const related = [{ path: [...first.at, 'gateway'], message: 'the other is here' }]
    report.add('network-two-gateways', [...second.at, 'gateway'], {}, { related })
  }
  // A network of 0 bits is reported already, and overlaps every other.
  const fixed = interfaces.flatMap(({ at, address }) =>
    address === undefined || prefixOf(address).length === 0 ? [] : [{ at, address }],
  )
  for (const [i, { at, address }] of fixed.entries()) {
    const other = fixed.slice(0, i).find(one => overlap(prefixOf(one.address), prefixOf(address)))
    if (other === undefined || other.address.split('/')[0] === address.split('/')[0]) continue
    const related = [{ path: [...other.at, 'address'], message: 'the other network is here' }]
    report.add('network-overlap', [...at, 'address'], { address, other: other.address }, { related })
  }
}
