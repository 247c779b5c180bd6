/** kernel, with what containerd and the kubelet need when they run. The user's values win. */
import type { NodeConfig } from '../../../schema/generated/node.ts'
import type { Path } from '../../path.ts'
import { entriesOf, itemsOf } from '../../recover/items.ts'
import type { Recovered } from '../../recover/recovered.ts'
import { roleOf } from '../role.ts'
import type { FullKernel, FullModule, FullSysctl } from './types.ts'

/** Bridged packets pass the packet filter; a worker's kube-proxy sets limits of connection tracking, which nothing loads for it. */
const NEEDED_MODULES = { standalone: ['br_netfilter'], worker: ['br_netfilter', 'nf_conntrack'], none: [] }

/** Forwarding and bridged packets for pod networks, room for watches, and what the kubelet insists on. */
const NEEDED_SYSCTL: Readonly<Record<string, string>> = {
  'net.ipv4.ip_forward': '1',
  'net.ipv4.conf.all.rp_filter': '0',
  'net.ipv6.conf.all.forwarding': '1',
  'net.ipv6.conf.default.forwarding': '1',
  'net.bridge.bridge-nf-call-iptables': '1',
  'net.bridge.bridge-nf-call-ip6tables': '1',
  'fs.inotify.max_user_instances': '8192',
  'fs.inotify.max_user_watches': '524288',
  'kernel.core_pattern': '',
  'kernel.keys.root_maxbytes': '25000000',
  'kernel.keys.root_maxkeys': '1000000',
  'kernel.panic': '10',
  'kernel.panic_on_oops': '1',
  'vm.overcommit_memory': '1',
  'vm.panic_on_oom': '0',
}

export function defaultKernel(config: Recovered<NodeConfig>): FullKernel {
  const { kernel } = config
  const role = roleOf(config)
  const runsKubelet = role !== 'none'
  return {
    modules: defaultModules(kernel?.modules, NEEDED_MODULES[role]),
    sysctl: defaultSysctl(kernel?.sysctl ?? {}, runsKubelet ? NEEDED_SYSCTL : {}),
  }
}

/** Keel's own first; one that the user names as well keeps the user's place. */
function defaultModules(
  given: readonly (string | undefined)[] | undefined,
  needed: readonly string[],
): FullModule[] {
  const own = itemsOf(given, ['kernel', 'modules']).map(({ item, at }) => ({ at, name: item }))
  const implied = needed.filter(name => !own.some(module => module.name.replaceAll('-', '_') === name))
  return [...implied.map(name => ({ at: impliedBy, name })), ...own]
}

/** Keel's own first, with the user's value where there is one, then the user's others. */
function defaultSysctl(
  given: Readonly<Record<string, string | number | undefined>>,
  needed: Readonly<Record<string, string>>,
): FullSysctl[] {
  const own = new Map(
    entriesOf(given, ['kernel', 'sysctl']).map(({ key, value, at }) => [
      key,
      { at, name: key, value: String(value) },
    ]),
  )
  const first = Object.entries(needed).map(([name, value]) => own.get(name) ?? { at: impliedBy, name, value })
  return [...first, ...[...own.values()].filter(({ name }) => !Object.hasOwn(needed, name))]
}

const impliedBy: Path = ['kubernetes', 'role']
