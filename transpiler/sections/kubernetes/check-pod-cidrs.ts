/** kubernetes.cni.bridge.podCIDRs: at most one network of each family, which differs from the node's. */
import type { Report } from '../../diag/report.ts'
import { podNetworkProblem } from '../../rules/address.ts'
import { networkText, overlap, prefixProblem, widthOf } from '../../rules/ip.ts'
import type { FullConfig } from '../full-config.ts'
import { hasHostBits } from './prefixes.ts'
import type { FullPrefix } from './types.ts'

/** The network itself, the bridge, and at least six for pods. */
const FEWEST_BITS = 3

export function checkPodCidrs({ kubernetes, network }: FullConfig, report: Report): void {
  const first = new Map<number, FullPrefix>()
  for (const given of kubernetes.podCidrs ?? []) {
    checkPodCidr(given, network, report)
    const { at, text: cidr, prefix } = given
    if (prefix === undefined) continue
    const { family } = prefix.address
    const other = first.get(family)
    if (other === undefined) first.set(family, given)
    else {
      const related = [{ path: other.at, message: 'the first is here' }]
      report.add('kubernetes-pod-cidr-family', at, { cidr, family, other: other.text }, { related })
    }
  }
}

function checkPodCidr(
  { at, text: cidr, prefix }: FullPrefix,
  { links }: FullConfig['network'],
  report: Report,
): void {
  if (prefix === undefined)
    return report.add('kubernetes-pod-cidr-invalid', at, { cidr, why: prefixProblem(cidr) })
  const why = podNetworkProblem(prefix)
  if (why !== undefined) return report.add('kubernetes-pod-cidr-unusable', at, { cidr, why })
  const { family } = prefix.address
  if (widthOf(prefix.address) - prefix.length < FEWEST_BITS)
    report.add('kubernetes-pod-cidr-small', at, { cidr, family })
  if (hasHostBits(prefix)) report.add('kubernetes-pod-cidr-host', at, { cidr, network: networkText(prefix) })
  for (const { at: place, text, prefix: own } of links.flatMap(link => link.addresses)) {
    if (own === undefined || !overlap(prefix, own)) continue
    const related = [{ path: place, message: "the node's own network is here" }]
    report.add('kubernetes-pod-cidr-overlap', at, { cidr, address: text }, { related })
  }
}
