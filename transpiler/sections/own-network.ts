/** What is known of a node's own network before it boots. With what is broken in a config everything may be there. */
import type { IsWhole } from '../recover/broken.ts'
import type { OwnNetwork } from '../rules/address.ts'
import { type Address, contains, type Prefix, prefixOf } from '../rules/ip.ts'
import { DEFAULT, MAIN } from '../rules/route.ts'
import type { FullConfig } from './full-config.ts'

export function ownNetwork(config: FullConfig, isWhole: IsWhole): OwnNetwork {
  const { network, hostname, storage, kubernetes } = config
  const isOpen = !isWhole(['network', 'links', '*'])
  const leases = network.links.filter(({ dhcp4 }) => dhcp4 === true).map(link => link.dhcp4Overrides)
  const hasLeaseRoutes = isOpen || leases.some(lease => lease?.useRoutes !== false)
  const hasLeaseServers = isOpen || leases.some(lease => lease?.useDNS !== false)
  // What gets an address by DHCPv6 has its routes from routers.
  const hasRouters = isOpen || network.links.some(({ dhcp6, slaac }) => dhcp6 === true || slaac === true)
  const hosts = declared(storage, '/etc/hosts')
  const name = hostname.type === 'fixed' && hosts === undefined ? hostname.name : ''
  return {
    networks: network.links.flatMap(link => link.addresses.flatMap(({ prefix }) => prefix ?? [])),
    names: name === '' ? [] : [name, name.split('.')[0] ?? ''],
    isInHosts: other =>
      network.hosts.some(({ names }) => names.some(({ name }) => name.toLowerCase() === other)) ||
      hosts === true ||
      hosts?.toLowerCase().split(/\s+/).includes(other) === true,
    podNetworks: kubernetes.podCidrs?.flatMap(({ prefix }) => prefix ?? []) ?? [],
    hasDefaultRoute: address =>
      (address.family === 4 ? hasLeaseRoutes : hasRouters) || hasRoute(network, address),
    hasNameServer:
      hasLeaseServers ||
      hasRouters ||
      [network, ...network.links].some(({ nameservers }) => nameservers.length > 0) ||
      !isWhole(['network', 'nameservers', '*']) ||
      !isWhole(['storage', 'files', '*', 'path']) ||
      declared(storage, '/etc/resolv.conf') !== undefined,
  }
}

/** Whether there is a route to an address in a table that is asked for every packet to it. */
function hasRoute({ links }: FullConfig['network'], address: Address): boolean {
  const isIn = (network: Prefix | undefined) => network !== undefined && contains(network, address)
  const rules = links
    .flatMap(link => link.rules)
    .filter(({ from, to, mark }) => to !== undefined && !from && !mark && isIn(prefixOf(to)))
  const tables = new Set([MAIN, DEFAULT, ...rules.map(({ table }) => table)])
  return links.some(({ routes }) => routes.some(({ to, table }) => tables.has(table ?? MAIN) && isIn(to)))
}

/** The text of a file that the config itself declares, so that init does not write it; true where it is not known. */
function declared({ files, links }: FullConfig['storage'], path: string): string | true | undefined {
  const file = files.find(one => one.path === path)
  if (file === undefined) return links.some(one => one.path === path) ? true : undefined
  return file.contents !== undefined && 'text' in file.contents ? file.contents.text : true
}
