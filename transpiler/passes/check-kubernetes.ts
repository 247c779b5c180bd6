/** kubernetes: keys that fit the role, a pod network beside the node's, and a kubelet that init can wait for. */
import type { FullConfig } from '../full-config.ts'
import { firstOf, ipv4Text, overlap, prefixOf } from '../ipv4.ts'
import { canonicalJson, isObject } from '../json.ts'
import { FIXED_FIELDS, standaloneKubelet } from '../kubelet-config.ts'
import { checkNodePath } from '../node-path.ts'
import type { Path } from '../path.ts'
import type { Report } from '../report.ts'

const HERE: Path = ['kubernetes']

export function checkKubernetes(config: FullConfig, report: Report): void {
  const { kubernetes, storage } = config
  if (kubernetes.role === 'none') return checkNone(config, report)
  checkPodCidr(config, report)
  const images = new Set<string>()
  for (const { at, path } of kubernetes.images) {
    checkNodePath(path, at.slice(0, -1), at.at(-1) ?? 0, 'image', report)
    if (images.has(path)) report.add('kubernetes-duplicate-image', at, { path })
    images.add(path)
  }
  const ca = storage.files.find(({ isImplied }) => isImplied)
  if (ca !== undefined) checkClientCA('text' in ca.contents ? ca.contents.text : '', ca.at, report)
  checkKubelet(kubernetes.kubeletConfig, report)
}

function checkNone({ kubernetes, storage }: FullConfig, report: Report): void {
  const unused = [
    { key: 'cni', isGiven: kubernetes.podCidr !== undefined },
    { key: 'clientCA', isGiven: storage.files.some(({ isImplied }) => isImplied) },
    { key: 'images', isGiven: kubernetes.images.length > 0 },
    { key: 'staticPods', isGiven: kubernetes.staticPods.length > 0 },
  ]
  for (const { key, isGiven } of unused)
    if (isGiven) report.add('kubernetes-key-without-role', [...HERE, key], { key }, { aim: 'key' })
}

function checkPodCidr({ kubernetes, network }: FullConfig, report: Report): void {
  if (kubernetes.podCidr === undefined) return
  const at = [...HERE, 'cni', 'bridge', 'podCIDR']
  const cidr = kubernetes.podCidr
  const prefix = prefixOf(cidr)
  if (prefix.length > 29) report.add('kubernetes-pod-cidr-small', at, { cidr })
  if (firstOf(prefix) !== prefix.address)
    report.add('kubernetes-pod-cidr-host', at, {
      cidr,
      network: `${ipv4Text(firstOf(prefix))}/${prefix.length}`,
    })
  for (const nic of network.interfaces) {
    if (!overlap(prefix, prefixOf(nic.address))) continue
    const related = [{ path: [...nic.at, 'address'], message: "the node's own network is here" }]
    report.add('kubernetes-pod-cidr-overlap', at, { cidr, address: nic.address }, { related })
  }
}

function checkClientCA(pem: string, at: Path, report: Report): void {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) report.add('kubernetes-client-ca-key', at, {})
  else if (!/-----BEGIN CERTIFICATE-----\s[\sA-Za-z0-9+/=]+-----END CERTIFICATE-----/.test(pem))
    report.add('kubernetes-client-ca', at, {})
}

/** What the patch made of the fields that init depends on. */
function checkKubelet(config: { readonly [key: string]: unknown }, report: Report): void {
  const at = [...HERE, 'kubelet', 'config']
  if (!isObject(config)) return
  const own = standaloneKubelet(false)
  for (const field of FIXED_FIELDS) {
    if (canonicalJson(config[field] ?? null) !== canonicalJson(own[field]))
      report.add('kubernetes-kubelet-fixed', [...at, field], { field }, { aim: 'key' })
  }
}
