/** network: selectors that name one interface each, and addresses that can work together. */
import type { FullConfig, FullInterface } from '../full-config.ts'
import { contains, firstOf, ipv4Of, ipv4Text, lastOf, overlap, prefixOf } from '../ipv4.ts'
import type { Report } from '../report.ts'

export function checkNetwork({ network }: FullConfig, report: Report): void {
  const { interfaces, nameservers } = network
  for (const nic of interfaces) {
    checkSelector(nic, report)
    checkAddress(nic, report)
    checkGateway(nic, report)
  }
  checkTwice(interfaces, report)
  checkRoutes(interfaces, report)
  const servers = new Set<string>()
  for (const { at, address } of nameservers) {
    if (servers.has(address)) report.add('network-duplicate-nameserver', at, { address })
    servers.add(address)
  }
  const [first] = nameservers
  if (first !== undefined && interfaces.length === 0)
    report.add('network-nameserver-unreachable', first.at, { address: first.address })
}

function checkSelector({ at, name, mac }: FullInterface, report: Report): void {
  if (name === undefined && mac === undefined) report.add('network-interface-unnamed', at, {})
  if (name !== undefined && mac !== undefined)
    report.add('network-interface-named-twice', [...at, 'mac'], { name, mac }, { aim: 'key' })
  if (name === 'lo') report.add('network-loopback', [...at, 'name'], {})
  // The lowest bit of the first byte says group; nobody has the address of zeros.
  const isGroup = mac !== undefined && (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1
  if (isGroup || mac === '00:00:00:00:00:00')
    report.add('network-mac-unusable', [...at, 'mac'], { mac: mac ?? '' })
}

function checkAddress({ at, address }: FullInterface, report: Report): void {
  const prefix = prefixOf(address)
  const here = [...at, 'address']
  const highest = Math.floor(prefix.address / 2 ** 24)
  if (highest === 0 || highest === 127 || highest >= 224)
    report.add('network-address-unusable', here, { address, why: 'it is no address of a host' })
  else if (prefix.length < 31 && prefix.address === firstOf(prefix))
    report.add('network-address-unusable', here, { address, why: 'it is the address of the network itself' })
  else if (prefix.length < 31 && prefix.address === lastOf(prefix))
    report.add('network-address-unusable', here, {
      address,
      why: 'it is the broadcast address of its network',
    })
}

function checkGateway({ at, address, gateway }: FullInterface, report: Report): void {
  if (gateway === undefined) return
  const prefix = prefixOf(address)
  const network = `${ipv4Text(firstOf(prefix))}/${prefix.length}`
  const here = [...at, 'gateway']
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
    { field: 'address', value: nic.address.split('/')[0] },
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
  const [first, second] = interfaces.filter(({ gateway }) => gateway !== undefined)
  if (first !== undefined && second !== undefined) {
    const related = [{ path: [...first.at, 'gateway'], message: 'the other is here' }]
    report.add('network-two-gateways', [...second.at, 'gateway'], {}, { related })
  }
  for (const [i, nic] of interfaces.entries()) {
    const other = interfaces
      .slice(0, i)
      .find(({ address }) => overlap(prefixOf(address), prefixOf(nic.address)))
    if (other === undefined || other.address.split('/')[0] === nic.address.split('/')[0]) continue
    const related = [{ path: [...other.at, 'address'], message: 'the other network is here' }]
    report.add(
      'network-overlap',
      [...nic.at, 'address'],
      { address: nic.address, other: other.address },
      { related },
    )
  }
}
