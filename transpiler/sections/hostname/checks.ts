/** hostname: one that a machine can have; of origins each once, and none after the one that always knows. */
import type { Report } from '../../diag/report.ts'
import { hostNameProblem } from '../../rules/machine-name.ts'
import type { FullConfig } from '../full-config.ts'

export function checkHostname({ hostname }: FullConfig, report: Report): void {
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
    seen.add(from)
  }
}
