/** The link that a VLAN is on, by its name. */
import type { Report } from '../../diag/report.ts'
import { nearest } from '../../rules/nearest.ts'
import { linkNameDoubt } from './interface-names.ts'
import { type FullLink, nameOf } from './types.ts'

type Vlan = NonNullable<FullLink['vlan']>

/** Whether a VLAN is on this link. */
export const isBelow = (link: FullLink, vlan: Vlan): boolean =>
  vlan.link !== undefined && vlan.link === nameOf(link)

/** Whether a VLAN is on this link, or is meant to be. */
export function isMeantBelow(link: FullLink, vlan: Vlan, links: readonly FullLink[]): boolean {
  const { link: on } = vlan
  if (on === undefined) return false
  return links.some(one => isBelow(one, vlan)) ? isBelow(link, vlan) : linkMeantBy(on, links) === link
}

/** A VLAN on a link that no entry has. `links` are those that it could be on. */
export function reportUnknownLink(vlan: Vlan, links: readonly FullLink[], report: Report): void {
  const { at, link = '' } = vlan
  if (link === 'lo') return report.add('network-loopback', [...at, 'link'], { as: 'below a VLAN' })
  const meant = linkMeantBy(link, links)
  const doubt = linkNameDoubt(link)
  const kind = typeof doubt === 'object' ? doubt.key : undefined
  report.add('network-vlan-link-unknown', [...at, 'link'], {
    link,
    meant: meant && nameOf(meant),
    isRenamed: meant?.match?.name === link,
    entry: `{name: ${link}${doubt === 'renamed' ? ', match: {mac: …}' : kind === undefined ? '' : `, ${kind}: {…}`}}`,
    links: links.flatMap(one => nameOf(one) ?? []),
  })
}

/** The link that has another name by then, or one whose name is nearly the same. Numbers tell interfaces apart: eth1 is not a typo of eth0. */
export function linkMeantBy(name: string, links: readonly FullLink[]): FullLink | undefined {
  const digits = (text: string) => text.replaceAll(/\D+/g, ' ').trim()
  const alike = links.filter(one => digits(nameOf(one) ?? '') === digits(name))
  const near = nearest(
    name,
    alike.flatMap(one => nameOf(one) ?? []),
  )
  return links.find(({ match }) => match?.name === name) ?? alike.find(one => nameOf(one) === near)
}
