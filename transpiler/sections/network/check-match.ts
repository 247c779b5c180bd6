/** Facts by which an interface of the machine is found, and names that the kernel may give one. */
import type { Report } from '../../diag/report.ts'
import type { Path } from '../../path.ts'
import { isGiven } from '../filled.ts'
import { isReservedName, linkNameDoubt } from './interface-names.ts'
import type { FullMatch, FullMember } from './types.ts'

export function checkMatch(match: FullMatch, report: Report): void {
  const { at, isAll } = match
  const facts = (['name', 'mac', 'permanentMac', 'driver', 'path'] as const).filter(key =>
    isGiven(match, key),
  )
  if (isAll && facts.length > 0)
    report.add('network-all-with-facts', [...at, 'all'], { given: facts }, { aim: 'key' })
  checkFacts(match, 'entry', report)
  if (match.name !== undefined) checkKernelName(match.name, [...at, 'name'], report)
}

/** Facts that one interface can have. */
export function checkFacts(match: FullMember, as: 'entry' | 'member', report: Report): void {
  const { at, name } = match
  if (name === 'lo') report.add('network-loopback', [...at, 'name'], { as })
  if (name !== undefined && isReservedName(name))
    report.add('network-name-reserved', [...at, 'name'], { name })
  for (const key of ['mac', 'permanentMac'] as const) {
    const mac = match[key]
    // The lowest bit of the first byte says group; nobody has the address of zeros.
    const isGroup = mac !== undefined && (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1
    if (isGroup || mac === '00:00:00:00:00:00')
      report.add('network-mac-unusable', [...at, key], { mac: mac ?? '' })
  }
}

export function checkKernelName(name: string, at: Path, report: Report): void {
  const doubt = linkNameDoubt(name)
  if (doubt === 'renamed') report.add('network-interface-renamed', at, { name })
  else if (doubt !== undefined) report.add('network-interface-kind-missing', at, { name, ...doubt })
}
