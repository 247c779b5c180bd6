/** What is known of a node's own network before it boots. With what is broken in a config everything may be there. */
import type { IsWhole } from '../recover/broken.ts'
import type { OwnNetwork } from '../rules/address.ts'
import { prefixOf } from '../rules/ipv4.ts'
import type { FullConfig } from './full-config.ts'

export function ownNetwork(config: FullConfig, isWhole: IsWhole): OwnNetwork {
  const { network, hostname, storage, kubernetes } = config
  const hasDhcp = !isWhole(['network', 'interfaces', '*']) || network.interfaces.some(({ isDhcp }) => isDhcp)
  const hosts = declared(storage, '/etc/hosts')
  const name = hostname.type === 'fixed' && hosts === undefined ? hostname.name : ''
  return {
    networks: network.interfaces.flatMap(({ address }) => (address === undefined ? [] : [prefixOf(address)])),
    names: name === '' ? [] : [name, name.split('.')[0] ?? ''],
    isInHosts: other => hosts === true || hosts?.toLowerCase().split(/\s+/).includes(other) === true,
    podNetwork: kubernetes.podCidr === undefined ? undefined : prefixOf(kubernetes.podCidr),
    hasDefaultRoute: hasDhcp || network.interfaces.some(({ gateway }) => gateway !== undefined),
    hasNameServer:
      hasDhcp ||
      network.nameservers.length > 0 ||
      !isWhole(['network', 'nameservers', '*']) ||
      !isWhole(['storage', 'files', '*', 'path']) ||
      declared(storage, '/etc/resolv.conf') !== undefined,
  }
}

/** The text of a file that the config itself declares, so that init does not write it; true where it is not known. */
function declared({ files, links }: FullConfig['storage'], path: string): string | true | undefined {
  const file = files.find(one => one.path === path)
  if (file === undefined) return links.some(one => one.path === path) ? true : undefined
  return file.contents !== undefined && 'text' in file.contents ? file.contents.text : true
}
