/** One interface, one entry; one address, one interface. */
import type { Report } from '../../diag/report.ts'
import type { Path } from '../../path.ts'
import { ipText } from '../../rules/ip.ts'
import { sharedFact } from './same-interface.ts'
import type { FullLink } from './types.ts'

export function checkTwice(links: readonly FullLink[], report: Report): void {
  checkNames(links, report)
  checkMatches(links, report)
  checkAddresses(links, report)
}

function checkNames(links: readonly FullLink[], report: Report): void {
  const seen = new Map<string, Path>()
  const take = (value: string | undefined, at: Path) => {
    if (value === undefined) return
    const first = seen.get(value)
    seen.set(value, first ?? at)
    if (first !== undefined) reportTwice('name', value, at, first, report)
  }
  for (const { at, name, match } of links) {
    take(name, [...at, 'name'])
    // By its own name an interface is found, and by this one.
    if (match?.name !== name) take(match?.name, [...at, 'match', 'name'])
  }
}

const WORDS = { mac: 'MAC address', permanentMac: 'MAC address', path: 'PCI address' } as const

function checkMatches(links: readonly FullLink[], report: Report): void {
  const matches = links.flatMap(({ match }) => (match === undefined || match.isAll ? [] : [match]))
  for (const [i, match] of matches.entries()) {
    const other = matches.slice(0, i).find(one => sharedFact(one, match) !== undefined)
    const [first, key] = (other && sharedFact(other, match)) ?? []
    // Names are compared with those of all entries.
    if (other === undefined || first === undefined || key === undefined || key === 'name') continue
    const related = [{ path: other.at, message: 'the other is here' }]
    if (key === 'driver')
      report.add('network-match-twice', match.at, { driver: match.driver ?? '' }, { related })
    else reportTwice(WORDS[key], match[key] ?? '', [...match.at, key], [...other.at, first], report)
  }
}

function checkAddresses(links: readonly FullLink[], report: Report): void {
  const seen = new Map<string, { at: Path; link: FullLink }>()
  for (const link of links)
    for (const { at, prefix } of link.addresses) {
      if (prefix === undefined) continue
      const address = ipText(prefix.address)
      const first = seen.get(address)
      seen.set(address, first ?? { at, link })
      if (first === undefined) continue
      const related = [{ path: first.at, message: 'first given here' }]
      if (first.link !== link) reportTwice('address', address, at, first.at, report)
      else report.add('network-duplicate-address', at, { address }, { related })
    }
}

function reportTwice(field: string, value: string, at: Path, first: Path, report: Report): void {
  const related = [{ path: first, message: 'first given here' }]
  report.add('network-duplicate', at, { field, value }, { related })
}
