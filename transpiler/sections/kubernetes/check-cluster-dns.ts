/** kubernetes.kubelet.config.clusterDNS: addresses at which pods can find a DNS server. */
import type { Report } from '../../diag/report.ts'
import type { IsWhole } from '../../recover/broken.ts'
import { addressProblem } from '../../rules/address.ts'
import { ipOf } from '../../rules/ip.ts'
import type { FullConfig } from '../full-config.ts'
import { ownNetwork } from '../own-network.ts'

export function checkClusterDns(config: FullConfig, report: Report, isWhole: IsWhole): void {
  const servers = config.kubernetes.kubeletConfig['clusterDNS']
  if (!Array.isArray(servers)) return
  const own = ownNetwork(config, isWhole)
  for (const [i, address] of servers.entries()) {
    // A value that is not an address at all is checked with the other values of the kubelet's configuration.
    const ip = typeof address === 'string' ? ipOf(address) : undefined
    const problem = ip && addressProblem(ip, 'cluster-dns', own)
    if (problem?.isError !== true) continue
    report.add('kubernetes-cluster-dns', ['kubernetes', 'kubelet', 'config', 'clusterDNS', i], {
      address: String(address),
      why: problem.why,
    })
  }
}
