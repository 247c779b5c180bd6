/** kubernetes: keys that fit the role, and a pod network that differs from the node's. */
import type { Report } from '../../diag/report.ts'
import type { Path } from '../../path.ts'
import type { IsWhole } from '../../recover/broken.ts'
import { podNetworkProblem } from '../../rules/address.ts'
import { certain } from '../../rules/certain.ts'
import { firstOf, isSame, networkText, overlap, prefixOf } from '../../rules/ip.ts'
import { checkNodePath } from '../../rules/node-path.ts'
import type { FullConfig } from '../full-config.ts'
import { ROLES_OF_KEYS } from '../role.ts'
import { checkAuthority } from './authority.ts'

const HERE: Path = ['kubernetes']

export function checkRole(config: FullConfig, report: Report, isWhole: IsWhole): void {
  const { kubernetes, storage } = config
  for (const key of isWhole([...HERE, 'role']) ? kubernetes.given : []) {
    const roles = ROLES_OF_KEYS[key]
    if (roles !== undefined && !roles.includes(kubernetes.role))
      report.add(
        'kubernetes-key-without-role',
        [...HERE, ...key.split('.')],
        { key, role: kubernetes.role, roles },
        { aim: 'key' },
      )
  }
  if (kubernetes.role === 'none') return
  checkPodCidr(config, report)
  const images = new Set<string>()
  for (const { at, path } of kubernetes.images) {
    checkNodePath(path, at.slice(0, -1), at.at(-1) ?? 0, 'image', [], report)
    if (images.has(path)) report.add('kubernetes-duplicate-image', at, { path })
    images.add(path)
  }
  const ca = storage.files.find(({ at, isImplied }) => isImplied && at[1] === 'clientCA')
  if (ca?.contents !== undefined) checkAuthority(ca.contents, 'kubernetes-client-ca', ca.at, report)
}

function checkPodCidr({ kubernetes, network }: FullConfig, report: Report): void {
  if (kubernetes.podCidr === undefined) return
  const at = [...HERE, 'cni', 'bridge', 'podCIDR']
  const cidr = kubernetes.podCidr
  const prefix = certain(prefixOf(cidr), 'podCIDR')
  const why = podNetworkProblem(prefix)
  if (why !== undefined) return report.add('kubernetes-pod-cidr-unusable', at, { cidr, why })
  if (prefix.length > 29) report.add('kubernetes-pod-cidr-small', at, { cidr })
  if (!isSame(firstOf(prefix), prefix.address))
    report.add('kubernetes-pod-cidr-host', at, { cidr, network: networkText(prefix) })
  for (const { at: place, text, prefix: own } of network.links.flatMap(link => link.addresses)) {
    if (own === undefined || !overlap(prefix, own)) continue
    const related = [{ path: place, message: "the node's own network is here" }]
    report.add('kubernetes-pod-cidr-overlap', at, { cidr, address: text }, { related })
  }
}
