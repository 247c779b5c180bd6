/** hostname: one that a machine can have; of origins each once, none after the one that always knows, and none that nobody asks. */
import type { Report } from '../../diag/report.ts'
import type { IsWhole } from '../../recover/broken.ts'
import { hostNameProblem } from '../../rules/machine-name.ts'
import type { FullConfig } from '../full-config.ts'

export function checkHostname(config: FullConfig, report: Report, isWhole: IsWhole): void {
  const { hostname } = config
  if (hostname.type === 'fixed') {
    const { name } = hostname
    const problem = hostNameProblem(name)
    if (problem !== undefined) report.add('hostname-unusable', ['hostname'], { name, ...problem })
    return
  }
  const seen = new Set<string>()
  for (const { at, from } of hostname.from) {
    if (seen.has(from)) report.add('hostname-duplicate-source', at, { from })
    else if (seen.has('mac')) report.add('hostname-after-mac', at, { from })
    else if (from === 'dhcp' && !mayLeaseName(config, isWhole)) report.add('hostname-dhcp-unused', at, {})
    seen.add(from)
  }
}

/** Whether a link may get a host name, by DHCP or by DHCPv6, which router advertisements may ask for. */
function mayLeaseName({ network }: FullConfig, isWhole: IsWhole): boolean {
  const gives = ({ dhcp4, dhcp6, slaac, dhcp4Overrides }: FullConfig['network']['links'][number]) =>
    (dhcp4 === true && dhcp4Overrides?.useHostname !== false) || dhcp6 === true || slaac === true
  return !isWhole(['network', 'links', '*']) || network.links.some(gives)
}
