/** network.links[].dhcp4Overrides: what a link takes from its lease, and what the server gets. */
import type { Report } from '../../diag/report.ts'
import type { IsWhole } from '../../recover/broken.ts'
import type { FullLink } from './types.ts'

/** The length of an option is one byte (RFC 2132). */
const LONGEST = 255

export function checkOverrides(link: FullLink, report: Report, isWhole: IsWhole): void {
  const { at, dhcp4, dhcp4Overrides: overrides } = link
  if (overrides === undefined) return
  if (dhcp4 !== true && isWhole([...at, 'dhcp4']))
    report.add('network-overrides-unused', overrides.at, {}, { aim: 'key' })
  const { vendorClass, routeMetric, useRoutes } = overrides
  const why = vendorClass === undefined ? undefined : vendorClassProblem(vendorClass)
  if (why !== undefined) report.add('network-vendor-class', [...overrides.at, 'vendorClass'], { why })
  if (routeMetric !== undefined && useRoutes === false)
    report.add('network-metric-unused', [...overrides.at, 'routeMetric'], {}, { aim: 'key' })
}

/** Two leases with one metric: each replaces the default route of the other. */
export function checkMetrics(links: readonly FullLink[], report: Report): void {
  const first = new Map<number, FullLink>()
  for (const link of links) {
    const { routeMetric, useRoutes } = link.dhcp4Overrides ?? {}
    if (link.dhcp4 !== true || routeMetric === undefined || useRoutes === false) continue
    const other = first.get(routeMetric)
    if (other === undefined) first.set(routeMetric, link)
    else
      report.add(
        'network-metric-twice',
        metricOf(link),
        { metric: routeMetric },
        { related: [{ path: metricOf(other), message: 'the other is here' }] },
      )
  }
}

const metricOf = ({ at, dhcp4Overrides }: FullLink) => [...(dhcp4Overrides?.at ?? at), 'routeMetric']

/** Why no option can have a text as its value: one of printable ASCII, with 1 to 255 characters. */
function vendorClassProblem(text: string): string | undefined {
  if (text === '') return 'it is empty'
  const strange = [...text].find(character => !/^[ -~]$/.test(character))
  if (strange !== undefined) return `${shown(strange)} is not a character of printable ASCII`
  return text.length > LONGEST
    ? `it has ${text.length} characters, and an option of DHCP has at most ${LONGEST}`
    : undefined
}

/** A character that a terminal may not show, by its number. */
const shown = (character: string): string =>
  /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character)
    ? `\`${character}\``
    : `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
